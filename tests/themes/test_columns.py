"""What pages count from memory is what the database holds, whatever was done to it and by whom.

After every few of a random sequence of changes, counts of items and of themes are compared with plain
questions to the ORM, reader by reader, and the columns with those that a new process would read.
"""

import random
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import numpy as np
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from ccperf.core.dates import today
from ccperf.people.models import Membership, Team, User
from feedback import item_columns, services
from feedback.by_day import ByDay
from feedback.changes import fold_notes, note_missing, unwatch, watch
from feedback.item_columns import items_of
from feedback.models import DayChange, FeedbackItem
from feedback.selectors import Filters, narrow, state_conditions
from feedback.themes import columns, curating
from feedback.themes import services as themes
from feedback.themes.columns import SCATTERED, distinct, numbered, said_in
from feedback.themes.counting import groups_of, tallies, tally, top_of
from feedback.themes.models import Assignment, Reading, Sentiment, Theme
from feedback.themes.selectors import sight_of
from tests.feedback.makers import make_item, make_route
from tests.themes.makers import theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]
READERS = ("agent", "supervisor", "manager", "stranger_supervisor", "stranger_manager", "hr")
KEYS = ("wait_access", "empathy_tone", "process_policy", "clarity")
STATES = ("waiting", "unshared", "late", "replied", "unread", "shared", "withdrawn")
STEPS, COMPARED_EVERY = 48, 6


class Centre:
    """Does random things to the feedback of a centre, each by the way the product does it, or past it."""

    def __init__(self, centre, seed: int):
        self.centre, self.pick = centre, random.Random(seed)
        self.themes = [theme(key) for key in KEYS]

    def step(self) -> None:
        self.pick.choice(
            [
                self.add, self.add, self.add, self.read, self.read, self.read, self.say, self.share,
                self.answer, self.change, self.withdraw, self.delete, self.move_a_person, self.merge,
                self.past_the_services,
            ]
        )()  # fmt: skip

    def any_item(self) -> FeedbackItem:
        items = list(FeedbackItem.objects.select_related("about_person").order_by("pk"))
        return self.pick.choice(items) if items else self.add()

    def any_theme(self) -> Theme:
        return self.pick.choice(list(Theme.objects.live().filter(key__in=KEYS).order_by("pk")))

    def add(self) -> FeedbackItem:
        pick, centre = self.pick, self.centre
        about = pick.choice(["agent", "colleague", "supervisor", "stranger_agent", None])
        where = {"team": pick.choice([centre.team, centre.other_team, None])} if about is None else {}
        return make_item(
            centre,
            about=about,
            shared=bool(about) and pick.random() < 0.4,
            days_ago=pick.choice([0, 1, 9, 40, 100, 400]),
            site=pick.choice([None, None, centre.site, centre.far_site]),
            process_name=pick.choice(["", "Billing", "Returns"]),
            strength=pick.choice(["", "strength", "improvement", "mixed"]),
            rating=pick.choice([None, 1, 4]),
            rating_scale=5,
            **where,
        )

    def read(self) -> None:
        item = self.any_item()
        Reading.objects.update_or_create(
            item=item, defaults={"is_comment": self.pick.random() < 0.9, "text_digest": "x"}
        )
        item.assignments.all().delete()
        Assignment.objects.bulk_create(
            Assignment(
                item=item, theme=one, confidence=0.5, sentiment_label=self.pick.choice(Sentiment.values)
            )
            for one in self.pick.sample(self.themes, self.pick.choice([0, 1, 2]))
            if one.status == Theme.Status.ACTIVE
        )

    def say(self) -> None:
        how = self.pick.choice([themes.confirm_theme, themes.refuse_theme, themes.take_back])
        how(item=self.any_item(), theme=self.any_theme(), by=self.centre.supervisor)

    def share(self) -> None:
        services.share_many(items=[self.any_item()], by=self.centre.supervisor)

    def answer(self) -> None:
        item = self.any_item()
        if item.shared_at and not item.withdrawn_at:
            by = self.pick.choice([self.centre.supervisor, self.centre.agent])
            services.reply_to_feedback(item=item, by=by, text=f"Said {self.pick.random()}")

    def change(self) -> None:
        item = self.any_item()
        if not item.withdrawn_at and item.about_person_id:
            day = today() - timedelta(days=self.pick.choice([0, 3, 50]))
            words = {"text": self.pick.choice(["Left on hold, 100% a day.", "A long wait.", item.text])}
            services.update_feedback(
                item=item, by=self.centre.supervisor, version=item.version, received_on=day, **words
            )

    def withdraw(self) -> None:
        services.withdraw_feedback(item=self.any_item(), by=self.centre.supervisor)

    def delete(self) -> None:
        self.any_item().delete()

    def move_a_person(self) -> None:
        """Into another team, or out of all, also with effect from a day gone by."""
        person = self.pick.choice([self.centre.people.agent, self.centre.people.colleague])
        Membership.objects.filter(person=person).delete()
        team = self.pick.choice([self.centre.team, self.centre.other_team, self.centre.far_team, None])
        if team:
            Membership.objects.create(person=person, team=team, starts_on=today() - timedelta(days=30))

    def merge(self) -> None:
        one, other = self.any_theme(), self.any_theme()
        if one != other and Theme.objects.live().filter(key__in=KEYS).count() > 2:
            curating.merge_theme(theme=one, into=other, by=self.centre.manager)
            if self.pick.random() < 0.5:
                curating.undo_merge(theme=one, by=self.centre.manager)
        self.themes = [theme(key) for key in KEYS]

    def past_the_services(self) -> None:
        """What a repair by hand does, and what is begun and given up."""
        pk = self.any_item().pk
        with connection.cursor() as cursor:
            cursor.execute("UPDATE feedback_feedbackitem SET team_id = NULL WHERE id = %s", [pk])
            cursor.execute(
                "UPDATE themes_assignment SET sentiment_label = 'negative' WHERE item_id = %s", [pk]
            )
        with transaction.atomic():
            self.add()
            items_of(self.centre.manager).narrowed(Filters(words="hold", theme_id=self.any_theme().pk))
            transaction.set_rollback(True)


def ask_anew(user: User) -> User:
    """The user without the rights that were looked up before."""
    return User.objects.get(pk=user.pk)


def compare_items(user: User) -> None:
    visible, items = FeedbackItem.objects.visible_to(user), items_of(user)
    own = user.access.person_id
    assert list(items.newest(items.may)) == list(visible.values_list("pk", flat=True))
    counts = items.counts()
    for state in STATES:
        expected = visible.filter(state_conditions(own)[state])
        assert list(items.newest(items.in_state(state))) == list(expected.values_list("pk", flat=True)), state
        assert counts.get(state, expected.count()) == expected.count()
    for filters in (
        Filters(strength="none"), Filters(start=today() - timedelta(days=9), end=today()),
        Filters(route_id=make_route().pk, state="shared"), Filters(team_id=Team.objects.order_by("pk")[0].pk),
        Filters(theme_id=theme(KEYS[0]).pk), Filters(words="LONG hold"), Filters(words="f-1"),
        Filters(about="o"), Filters(about="BILL"), Filters(words="a", about="team", state="waiting"),
        Filters(words="100% _"),
    ):  # fmt: skip
        expected = list(narrow(visible, filters, own_person_id=own).values_list("pk", flat=True))
        for few in (item_columns.FEW, -1):  # Words are looked for among few comments, or among all.
            with patch.object(item_columns, "FEW", few):
                assert list(items.newest(items.narrowed(filters))) == expected, (filters, few)


def compare_themes(user: User) -> None:
    """Every upper theme, counted from the rows of the ORM one by one."""
    sight = sight_of(user)
    said = said_in(sight, 13)
    window = said.window
    within = sight.comments.filter(received_on__gte=window.before, received_on__lt=window.end).distinct()
    found = {item.pk: item for item in within.prefetch_related("assignments")}
    live = list(Theme.objects.live())
    upper = [one for one in live if one.parent_id is None]
    top = top_of(live)
    place = {one.pk: index for index, one in enumerate(upper)}
    counted = tallies(said, groups_of(said["theme"], {pk: place[top[pk]] for pk in top}), len(upper))
    for one, own in [*zip(upper, counted, strict=True), (None, tally(said))]:
        items = [
            item
            for item in found.values()
            if one is None or any(top.get(a.theme_id) == one.pk for a in item.assignments.all())
        ]
        now = [item for item in items if item.received_on >= window.start]
        moods = Counter(
            (item.pk, a.sentiment_label)
            for item in now
            for a in item.assignments.all()
            if one is None or top.get(a.theme_id) == one.pk
        )
        ratings = [100 * item.rating / item.rating_scale for item in now if item.rating is not None]
        assert own.now == len(now)
        assert own.before == len(items) - len(now)
        assert own.people == len({item.about_person_id for item in now} - {None})
        assert own.lone == sum(item.about_person_id is None for item in now)
        assert own.negative == len({pk for pk, mood in moods if mood == "negative"})
        assert own.positive == len({pk for pk, mood in moods if mood == "positive"})
        assert (own.rated.n, round(own.rated.total, 6)) == (len(ratings), round(sum(ratings), 6))
        mondays = (item.received_on - timedelta(days=item.received_on.weekday()) for item in items)
        assert own.weeks == Counter(mondays)


def assert_as_read_anew(kept: ByDay) -> None:
    """Row for row what a process reads that has not read before."""
    fresh = ByDay(kept._read, days_kept=1).between(None, None)
    for name, column in kept.between(None, None).items():
        np.testing.assert_array_equal(column, fresh[name], err_msg=name)


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_the_rows_after_any_sequence_of_changes(centre, seed):
    doing = Centre(centre, seed)
    for number in range(1, STEPS + 1):
        doing.step()
        if number % COMPARED_EVERY:
            continue
        for name in READERS:
            user = ask_anew(getattr(centre, name))
            if user.access.can("feedback.read"):
                compare_items(user)
            compare_themes(user)
        assert_as_read_anew(item_columns._items)
        assert_as_read_anew(columns._lines)
        fold_notes()


def test_what_stood_before_the_database_watched_is_known_too(centre):
    """After a migration, which drops the triggers while it works: until then nothing kept is trusted."""
    items_of(centre.manager)
    unwatch()
    item = make_item(centre, days_ago=400)
    assert items_of(centre.manager).counts()["all"] == 1
    FeedbackItem.objects.filter(pk=item.pk).update(withdrawn_at=timezone.now())
    assert items_of(centre.manager).counts()["unshared"] == 0
    FeedbackItem.objects.filter(pk=item.pk).update(withdrawn_at=None)
    for word in ("Queue", "Rota"):
        FeedbackItem.objects.filter(pk=item.pk).update(text=f"The {word}.")
        for few in (item_columns.FEW, -1):
            with patch.object(item_columns, "FEW", few):
                readable = items_of(centre.manager)
                found = [readable.narrowed(Filters(words=one)).sum() for one in ("queue", "rota")]
            assert found == [word == "Queue", word == "Rota"]
    for model in (FeedbackItem, Reading, Assignment, Team):
        watch(model)
    assert item.pk in items_of(centre.manager).newest(items_of(centre.manager).may)
    FeedbackItem.objects.filter(pk=item.pk).update(withdrawn_at=timezone.now())
    assert items_of(centre.manager).counts()["unshared"] == 0


def test_folded_notes_still_say_what_changed(centre):
    for _ in range(30):
        make_item(centre)
    items_of(centre.manager)
    before = set(DayChange.objects.values_list("token", flat=True))
    fold_notes()
    folded = DayChange.objects.get(day=today()).token
    assert len(before) == 1 or folded not in before, "A set of notes that stood once has come back."
    make_item(centre)
    assert items_of(centre.manager).counts()["all"] == 31
    assert DayChange.objects.filter(day=today()).count() <= 2


def test_days_nobody_noted_are_noted_in_time(centre):
    make_item(centre)
    DayChange.objects.all().delete()
    assert (note_missing(), note_missing()) == (1, 0)
    assert items_of(centre.manager).counts()["all"] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_table_emptied_by_hand_is_noticed(centre):
    item = make_item(centre)
    Reading.objects.create(item=item, text_digest="x")
    Assignment.objects.create(item=item, theme=theme("clarity"), confidence=0.5)
    before = set(DayChange.objects.values_list("token", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Assignment._meta.db_table} CASCADE")
    assert not before & set(DayChange.objects.values_list("token", flat=True))


def test_a_move_to_another_theme_shows_at_once(centre):
    pages = Client()
    pages.force_login(centre.supervisor)
    items = [make_item(centre) for _ in range(3)]
    for item in items:
        Reading.objects.create(item=item, text_digest="x")
        Assignment.objects.create(item=item, theme=theme("clarity"), confidence=0.5)

    def counted(key: str) -> int:
        return pages.get(theme(key).get_absolute_url()).context["page"].named

    assert (counted("clarity"), counted("wait_access")) == (3, 0)
    themes.move_theme(item=items[0], wrong=theme("clarity"), right=theme("wait_access"), by=centre.supervisor)
    assert (counted("clarity"), counted("wait_access")) == (2, 1)


def test_a_team_that_is_renamed_has_its_new_name_at_once(centre, client):
    client.force_login(centre.supervisor)
    item = make_item(centre)
    Reading.objects.create(item=item, text_digest="x")
    Assignment.objects.create(item=item, theme=theme("clarity"), confidence=0.5)
    for name in ("Harbour", "Quayside"):
        Team.objects.filter(pk=centre.team.pk).update(name=name)
        page = client.get(theme("clarity").get_absolute_url()).context["page"]
        assert [(team.name, team.comments, team.named) for team in page.teams] == [(name, 1, 1)]


@pytest.mark.parametrize("size", [50, SCATTERED + 1])
def test_keys_are_told_apart_however_many_there_could_be(size):
    keys = np.random.default_rng(3).integers(0, 50, 400)
    assert distinct(keys, size).tolist() == sorted(set(keys.tolist()))
    assert distinct(keys[:0], size).tolist() == []


def test_ids_are_numbered_in_their_order():
    different, place = numbered(np.array([7, 0, 3, 7]))
    assert (different.tolist(), place.tolist()) == ([0, 3, 7], [2, 0, 1, 2])
    assert [part.tolist() for part in numbered(np.zeros(0, dtype=np.int32))] == [[], []]
