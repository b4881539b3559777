"""Who reads which feedback.

::

    about a person, not shared     their leader, their manager
    about a person, shared         they, their leader, their manager
    about no person, of a team     its leader, its manager
    about no person, of no team    every leader and manager of the site, or all when it has no site
    about a leaver                 the manager of the team they were in
"""

import pytest
from django.db.models import Q

from ccperf.core.dates import today
from ccperf.people.models import Leadership, Membership
from feedback.conditions import written
from feedback.item_columns import items_of
from feedback.models import FeedbackItem
from tests.factories import make_delegation
from tests.feedback.makers import make_item

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M1")]
EVERYBODY = (
    "agent", "colleague", "supervisor", "manager", "hr", "admin", "privacy_officer", "stranger_agent",
    "stranger_supervisor", "stranger_manager",
)  # fmt: skip


def readers(centre, item):
    """Who reads it by the database, which the columns in memory must say as well."""
    visible = FeedbackItem.objects.visible_to
    users = {name: type(getattr(centre, name)).objects.get(pk=getattr(centre, name).pk) for name in EVERYBODY}
    found = {name for name, user in users.items() if visible(user).filter(pk=item.pk).exists()}
    counted = {name: items_of(user) for name, user in users.items()}
    assert found == {name for name, items in counted.items() if item.pk in list(items.newest(items.may))}
    return found


def test_an_unshared_note_is_for_its_leaders(centre):
    assert readers(centre, make_item(centre)) == {"supervisor", "manager"}


def test_a_shared_note_is_for_its_subject_too(centre):
    assert readers(centre, make_item(centre, shared=True)) == {"agent", "supervisor", "manager"}


def test_a_leader_does_not_read_unshared_notes_about_themselves(centre):
    assert readers(centre, make_item(centre, about="supervisor")) == {"manager"}
    assert readers(centre, make_item(centre, about="supervisor", shared=True)) == {"supervisor", "manager"}


def test_a_comment_about_no_person_is_for_the_leaders_of_its_team(centre):
    assert readers(centre, make_item(centre, about=None, team=centre.team)) == {"supervisor", "manager"}


def test_a_comment_of_a_site_is_for_the_leaders_there(centre):
    item = make_item(centre, about=None, site=centre.site)
    assert readers(centre, item) == {"supervisor", "manager", "stranger_supervisor"}


def test_a_comment_of_the_whole_centre_is_for_every_leader(centre):
    item = make_item(centre, about=None)
    assert readers(centre, item) == {"supervisor", "manager", "stranger_supervisor", "stranger_manager"}


def test_a_leader_who_moved_on_reads_nothing_more_that_day(centre):
    item = make_item(centre)
    Leadership.objects.filter(person=centre.people.supervisor).update(ends_before=today())
    assert readers(centre, item) == {"manager"}


def test_after_a_move_the_new_leader_reads_and_the_old_does_not(centre):
    item = make_item(centre)
    Membership.objects.filter(person=centre.people.agent).update(ends_before=today())
    Membership.objects.create(person=centre.people.agent, team=centre.other_team, starts_on=today())
    assert readers(centre, item) == {"stranger_supervisor"}


def test_what_was_said_of_a_leaver_stays_with_their_manager(centre):
    item = make_item(centre)
    Membership.objects.filter(person=centre.people.agent).update(ends_before=today())
    assert readers(centre, item) == {"manager"}


def test_a_delegate_reads_during_the_delegation(centre):
    item = make_item(centre)
    make_delegation(centre.people.supervisor, centre.people.stranger_supervisor)
    assert "stranger_supervisor" in readers(centre, item)


def test_the_written_condition_holds_under_any_name_of_the_table(centre):
    seen, unseen = make_item(centre), make_item(centre, about="stranger_agent")
    visible = FeedbackItem.objects.visible_to(centre.supervisor)
    inner = FeedbackItem.objects.filter(pk__in=visible.values("pk"), route__items__in=visible)
    assert set(inner) == {seen}
    assert set(FeedbackItem.objects.exclude(pk__in=visible.values("pk"))) == {unseen}


def test_a_written_condition_joins_no_table(centre):
    with pytest.raises(ValueError, match="joins no other table"):
        written(FeedbackItem, Q(route__name="Post"))
