"""What people say of comments by the pages: many at once, where they disagree, and one after another."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.jobs.models import Job
from feedback import item_columns
from feedback.models import FeedbackItem
from feedback.themes import services
from feedback.themes.models import Correction
from tests.themes.makers import NOTHING_KNOWN, RUDE, WAIT, keys_of, make_read_item, read, theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]
READER = "/feedback/themes/reader/"
DISAGREEMENTS = "/feedback/themes/disagreements/"


def bulk(client, data, key="wait_access"):
    return client.post(reverse("themes:comments-bulk", args=[theme(key).pk]), data)


def test_many_at_once_and_only_what_one_may_read(client, centre):
    mine = [make_read_item(centre, f"{WAIT} {number}") for number in range(3)]
    others = make_read_item(centre, WAIT, about="stranger_agent", team=centre.other_team)
    wait = theme().pk
    client.force_login(centre.supervisor)
    chosen = [f"{item.pk}-{wait}" for item in [*mine, others]]
    bulk(client, {"do": "move", "to": theme("transfer").pk, "chosen": chosen})
    assert [keys_of(item) for item in mine] == [{"transfer"}] * 3
    assert keys_of(others) == {"wait_access"}
    text = client.get(theme().get_absolute_url()).text
    assert "3 comments moved. 1 could not be found any more." in text
    assert Job.objects.filter(kind="themes.learn").count() == 1
    for wrong in ({"do": "move", "chosen": chosen}, {"do": "confirm"}, {"do": "eat", "chosen": chosen}):
        refused = bulk(client, wrong)
        assert (refused.status_code, "Choose" in refused.text) == (422, True)


def test_a_disagreement_is_listed_until_it_is_settled(client, centre):
    item = make_read_item(centre, WAIT)
    services.confirm_theme(item=item, theme=theme(), by=centre.supervisor)
    services.refuse_theme(item=item, theme=theme(), by=centre.manager)
    client.force_login(centre.stranger_supervisor)
    assert "Nobody disagrees" in client.get(DISAGREEMENTS).text
    client.force_login(centre.supervisor)
    assert "does not belong here" in client.get(DISAGREEMENTS).text
    settle = reverse("themes:comment-settle", args=[theme().pk, item.pk])
    assert client.post(settle, {"belongs": "yes"}).status_code == 403
    client.force_login(centre.manager)
    assert client.post(settle, {"belongs": "perhaps"}).status_code == 422
    client.post(settle, {"belongs": "yes"})
    read(item)
    assert keys_of(item) == {"wait_access"}
    client.get(DISAGREEMENTS)
    assert "Nobody disagrees" in client.get(DISAGREEMENTS).text
    services.refuse_theme(item=item, theme=theme(), by=centre.supervisor)
    assert "Nobody disagrees" not in client.get(DISAGREEMENTS).text
    assert Correction.objects.filter(is_ruling=True).count() == 1


def test_the_nearest_confirmed_comment_is_shown_to_who_may_read_it(client, centre):
    taught = make_read_item(centre, "The passcode you text me never arrives.")
    hidden = make_read_item(
        centre, "That passcode text never arrives here.", about="stranger_agent", team=centre.other_team
    )
    for item in (taught, hidden):
        services.confirm_theme(item=item, theme=theme("process_policy"), by=centre.supervisor)
    like = make_read_item(centre, "The passcode text does not arrive, ever.", about="colleague")
    assert len(like.assignments.get(theme__key="process_policy").why["like"]) == 2
    client.force_login(centre.supervisor)
    text = client.get(theme("process_policy").get_absolute_url()).text
    assert "“The passcode you text me never arrives.”" in text
    assert "never arrives here" not in text


def test_the_reader_starts_with_what_is_least_sure_and_takes_what_fits_nowhere(client, centre):
    sure, loose = make_read_item(centre, WAIT), make_read_item(centre, NOTHING_KNOWN, about="colleague")
    make_read_item(centre, RUDE)
    client.force_login(centre.supervisor)
    quotes = client.get(READER).context["page"].quotes
    assert [quote.percent for quote in quotes] == sorted(quote.percent for quote in quotes)
    only = client.get(READER, {"theme": theme().pk}).context["page"].quotes
    assert [quote.assignment.item for quote in only] == [sure]
    assert "chocolate fountain" in client.get(READER, {"what": "nowhere"}).text
    add = reverse("themes:comment-add", args=[loose.pk])
    assert client.post(add, {"to": ""}).status_code == 422
    assert client.post(add, {"to": theme("clarity").pk, "from": "reader"})["Location"] == READER
    assert keys_of(loose) == {"clarity"}
    assert client.get(READER, {"what": "x", "theme": "y", "page": "-1"}).status_code == 200


@pytest.mark.parametrize("few", [1_000, -1])
def test_the_reader_holds_what_one_may_read_whether_few_or_many(client, centre, monkeypatch, few):
    monkeypatch.setattr(item_columns, "FEW", few)
    mine = [make_read_item(centre, WAIT), make_read_item(centre, RUDE, about="colleague")]
    make_read_item(centre, WAIT, about="stranger_agent", team=centre.other_team)
    withdrawn = make_read_item(centre, WAIT)
    FeedbackItem.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    client.force_login(centre.supervisor)
    quotes = client.get(READER).context["page"].quotes
    assert {quote.assignment.item for quote in quotes} == set(mine)


def test_how_a_comment_was_read_part_by_part(client, centre):
    item = make_read_item(centre, "The agent was rude, but he fixed it. Ring Rhys Llewellyn on 07700 900123.")
    client.force_login(centre.supervisor)
    page = client.get(reverse("themes:comment-reading", args=[item.pk]))
    assert len(page.context["reading"].parts) == item.segments.count() >= 2
    assert {part.mood for part in page.context["reading"].parts} >= {"Negative"}
    assert "900123" not in page.text
    empty = make_read_item(centre, "n/a", about="colleague")
    text = client.get(reverse("themes:comment-reading", args=[empty.pk])).text
    assert "counts as no comment" in text
