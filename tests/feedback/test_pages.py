"""Every page about feedback: it works, stranger 404, without the right 403, bad input 422, wrong verb 405."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from ccperf.core.dates import today
from ccperf.notify.models import Notification
from feedback import registry, services
from feedback.models import FeedbackItem, FeedbackRoute
from tests.factories import make_person
from tests.feedback.makers import make_item, make_route

pytestmark = pytest.mark.django_db
LIST, LOG = "/feedback/", "/feedback/log/"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No theme analysis beside these tests."""
    monkeypatch.setattr(registry, "_listeners", [])


def url(name, item):
    return reverse(f"feedback:{name}", args=[item.pk])


def log(client, **data):
    return client.post(
        LOG, {"text": "Amara Okonkwo rang the customer back.", "about": "auto", "submission": "one", **data}
    )


# ---- log form


@pytest.mark.criterion("M1")
def test_two_sentences_are_enough(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    response = log(client)
    item = FeedbackItem.objects.get()
    assert response["Location"] == item.get_absolute_url()
    assert (item.about_person, item.strength, item.route.key) == (
        centre.people.agent,
        "strength",
        "floor_walk",
    )
    assert (item.given_by_role, item.recorded_by) == ("supervisor", centre.supervisor)
    assert "saved about Amara Okonkwo" in client.get(response["Location"]).text


def test_pressing_the_button_twice_saves_once(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    first, second = log(client), log(client)
    assert first["Location"] == second["Location"]
    assert FeedbackItem.objects.count() == 1


@pytest.mark.criterion("M16")
def test_a_card_number_never_reaches_the_database_and_the_writer_is_told(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    response = client.post(
        LOG, {"text": "Amara read out 4111 1111 1111 1111 and AB123456C.", "about": "auto"}
    )
    assert "4111" not in FeedbackItem.objects.get().text
    page = client.get(response["Location"]).text
    assert "A card number and a National Insurance number were masked." in page


def test_a_refused_form_does_not_repeat_a_card_number(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    response = log(client, text="Card 4111 1111 1111 1111.", received_on="2999-01-01")
    assert response.status_code == 422
    assert "4111 1111" not in response.text
    assert "This day has not come yet" in response.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "  "},
        {"about": "999999"},
        {"about": "x"},
        {"strength": "gold"},
        {"route": "carrier-pigeon"},
        {"received_on": "yesterday"},
        {"share": "now", "text": "The screen froze."},
    ],
)
def test_a_wrong_entry_is_told_and_nothing_is_saved(client, centre, wrong):
    make_route()
    client.force_login(centre.supervisor)
    response = log(client, **wrong)
    assert response.status_code == 422
    assert "Nothing was saved yet." in response.text
    assert FeedbackItem.objects.count() == 0


def test_somebody_outside_the_scope_cannot_be_chosen(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    assert log(client, about=centre.people.stranger_agent.pk).status_code == 422


def test_sharing_at_once_needs_a_person_somebody_chose(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    response = log(client, share="now")
    assert FeedbackItem.objects.get().shared_at is None
    assert "check first that your words name the right person" in client.get(response["Location"]).text
    log(client, share="now", about=centre.people.agent.pk, submission="two")
    assert FeedbackItem.objects.first().shared_at
    assert Notification.objects.filter(person=centre.people.agent).count() == 1


def test_a_note_about_nobody_belongs_to_the_writers_team(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    log(client, about="nobody", process_name="Billing screen", text="It froze twice.")
    item = FeedbackItem.objects.get()
    assert (item.about_person, item.team, item.process_name) == (None, centre.team, "Billing screen")


def test_a_pressed_out_suggestion_is_not_saved(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    log(client, about="nobody", strength="none")
    item = FeedbackItem.objects.get()
    assert (item.about_person, item.strength) == (None, "")


def test_a_note_can_lead_straight_to_an_action(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    response = log(client, next="action")
    assert response["Location"] == f"/improvement/actions/new/?item={FeedbackItem.objects.get().pk}"


def test_the_panel_of_the_home_page_leads_back_there(client, centre):
    make_route()
    client.force_login(centre.supervisor)
    assert log(client, **{"from": "home"})["Location"] == "/"


def test_suggestions_follow_the_words_and_store_nothing(client, centre):
    client.force_login(centre.supervisor)
    text = "Amara stayed calm. Card 4111 1111 1111 1111 was read out."
    response = client.post(f"{LOG}suggest/", {"text": text})
    assert "Amara Okonkwo" in response.text
    assert 'data-log-value="strength"' in response.text
    assert "A card number will be masked before it is saved." in response.text
    assert FeedbackItem.objects.count() == 0
    assert client.get(f"{LOG}suggest/").status_code == 405


def test_suggestions_name_nobody_outside_the_scope(client, centre):
    client.force_login(centre.supervisor)
    assert "Zofia" not in client.post(f"{LOG}suggest/", {"text": "Zofia Kowalczyk was kind."}).text


# ---- list


@pytest.mark.criterion("M1")
def test_the_list_holds_what_the_reader_may_see(client, centre):
    mine = make_item(centre, shared=True, text="Shared with you.")
    make_item(centre, text="Not shared.")
    make_item(centre, about="colleague", shared=True, text="Of somebody else.")
    client.force_login(centre.agent)
    page = client.get(LIST).text
    assert mine.code in page
    assert "Not shared." not in page
    assert "Of somebody else." not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "postcode"}, {"late"}),
        ({"about": "amara"}, {"late", "shared", "reply"}),
        ({"about": "SCREEN"}, {"about_nobody"}),
        ({"strength": "improvement"}, {"late"}),
        ({"state": "unshared"}, {"late", "about_nobody"} - {"about_nobody"}),
        ({"state": "late"}, {"late"}),
        ({"state": "unread"}, {"shared"}),
        ({"state": "replied"}, {"reply"}),
        ({"state": "waiting"}, {"late", "reply"}),
        ({"start": str(today() - timedelta(days=5))}, {"shared", "reply", "about_nobody"}),
        ({"end": str(today() - timedelta(days=5))}, {"late"}),
        ({"route": "nonsense"}, {"late", "shared", "reply", "about_nobody"}),
        ({"start": "32 May"}, {"late", "shared", "reply", "about_nobody"}),
        ({"page": "900"}, {"late", "shared", "reply", "about_nobody"}),
    ],
)
def test_filters_stand_in_the_address(client, centre, query, found):
    items = {
        "late": make_item(centre, text="Did not confirm the postcode.", days_ago=20, strength="improvement"),
        "shared": make_item(centre, shared=True, text="Calm."),
        "reply": services.reply_to_feedback(
            item=make_item(centre, shared=True), by=centre.agent, text="Thanks."
        ),
        "about_nobody": make_item(
            centre, about=None, team=centre.team, text="It froze.", process_name="Billing screen"
        ),
    }
    client.force_login(centre.supervisor)
    page = client.get(f"{LIST}?{urlencode(query)}").text
    assert {name for name, item in items.items() if item.code in page} == found


def test_the_list_says_why_it_is_empty(client, centre):
    client.force_login(centre.agent)
    assert "Nothing has been shared with you yet" in client.get(LIST).text
    client.force_login(centre.supervisor)
    assert "No feedback yet" in client.get(LIST).text
    assert "No feedback matches" in client.get(f"{LIST}?q=xyz").text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_as_a_file_has_the_same_filters_and_scope(client, centre, kind):
    make_item(centre, text="=cmd()")
    make_item(centre, about="stranger_agent", team=centre.other_team, text="Of strangers.")
    client.force_login(centre.supervisor)
    response = client.get(f"{LIST}?format={kind}&about=amara")
    assert "attachment" in response["Content-Disposition"]
    if kind == "csv":
        text = response.content.decode("utf-8-sig")
        assert "'=cmd()" in text
        assert "Of strangers." not in text


@pytest.mark.parametrize("count", [10, 20])
def test_the_list_costs_the_same_for_more_rows(client, centre, django_assert_max_num_queries, count):
    for number in range(count):
        make_item(
            centre,
            about="agent" if number % 2 else "colleague",
            shared=number % 3 == 0,
            text=f"Note {number}.",
        )
    client.force_login(centre.supervisor)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).status_code == 200


def test_chosen_notes_are_shared_each_with_its_subject(client, centre):
    items = [
        make_item(centre),
        make_item(centre, about="colleague"),
        make_item(centre, about="stranger_agent"),
    ]
    nobody = make_item(centre, about=None, team=centre.team)
    client.force_login(centre.supervisor)
    chosen = {"item": [*(item.pk for item in items), nobody.pk, "x"], "query": "state=unshared"}
    response = client.post(f"{LIST}share/", chosen)
    assert response["Location"] == "/feedback/?state=unshared"
    shared = set(FeedbackItem.objects.shared().values_list("pk", flat=True))
    assert shared == {items[0].pk, items[1].pk}
    assert "2 shared." in client.get(LIST).text
    assert client.get(f"{LIST}share/").status_code == 405


# ---- one item


GRID = [
    ("item-detail", "get", 200),
    ("item-update", "get", 200),
    ("item-withdraw", "get", 200),
    ("item-share", "post", 302),
]


@pytest.mark.parametrize(("name", "verb", "expected"), GRID)
def test_who_may_do_what_with_an_item(client, centre, name, verb, expected):
    item = make_item(centre)

    def answer(user):
        client.force_login(user)
        return getattr(client, verb)(url(name, item)).status_code

    assert answer(centre.supervisor) == expected
    assert answer(centre.manager) == expected
    assert answer(centre.stranger_supervisor) == 404
    assert answer(centre.hr) == 403
    assert answer(centre.admin) == 403


def test_an_agent_reads_but_does_not_change_what_was_shared(client, centre):
    item = make_item(centre, shared=True)
    client.force_login(centre.agent)
    assert client.get(url("item-detail", item)).status_code == 200
    for name in ("item-update", "item-withdraw"):
        assert client.get(url(name, item)).status_code == 403
    assert client.post(url("item-share", item)).status_code == 403
    client.force_login(centre.colleague)
    assert client.get(url("item-detail", item)).status_code == 404


def test_a_leader_does_not_change_notes_about_themselves(client, centre):
    item = make_item(centre, about="supervisor", shared=True)
    client.force_login(centre.supervisor)
    assert client.get(url("item-detail", item)).status_code == 200
    assert client.get(url("item-update", item)).status_code == 403
    assert client.post(url("item-share", item)).status_code == 403


@pytest.mark.criterion("M4")
def test_the_whole_way_from_share_to_answer(client, centre):
    item = make_item(centre)
    client.force_login(centre.supervisor)
    client.post(url("item-share", item))
    client.force_login(centre.agent)
    assert "I have read this" in client.get(url("item-detail", item)).text
    client.post(url("item-acknowledge", item))
    client.post(url("item-reply", item), {"text": "The screen showed it as checked."})
    client.force_login(centre.supervisor)
    assert "Reply to answer" in client.get(url("item-detail", item)).text
    client.post(url("item-reply", item), {"text": "Thank you, that helps."})
    page = client.get(url("item-detail", item)).text
    for words in (
        "Shared with Amara Okonkwo",
        "Amara Okonkwo acknowledged",
        "The screen showed",
        "that helps",
    ):
        assert words in page


def test_an_empty_reply_is_refused_on_the_page(client, centre):
    item = make_item(centre, shared=True)
    client.force_login(centre.agent)
    response = client.post(url("item-reply", item), {"text": " "})
    assert response.status_code == 422
    assert "Write your reply." in response.text


def test_a_reply_before_sharing_is_refused(client, centre):
    client.force_login(centre.supervisor)
    response = client.post(url("item-reply", make_item(centre)), {"text": "Hello."})
    assert response.status_code == 422


def test_only_the_subject_acknowledges(client, centre):
    item = make_item(centre, shared=True)
    client.force_login(centre.supervisor)
    assert client.post(url("item-acknowledge", item)).status_code == 403
    client.force_login(centre.colleague)
    assert client.post(url("item-acknowledge", item)).status_code == 404


def edit(client, item, **data):
    fields = {
        "version": item.version,
        "text": item.text,
        "about": item.about_person_id or "nobody",
        "strength": item.strength or "none",
        "received_on": item.received_on,
    }
    return client.post(url("item-update", item), fields | data)


def test_a_correction_is_saved_and_the_former_words_kept(client, centre):
    item = make_item(centre)
    client.force_login(centre.supervisor)
    assert edit(client, item, text="Rang back at once.").status_code == 302
    page = client.get(url("item-detail", item)).text
    assert "Rang back at once." in page
    assert "Rang the customer back herself." in page


def test_the_second_of_two_editors_is_told_and_loses_nothing(client, centre):
    item = make_item(centre)
    client.force_login(centre.supervisor)
    edit(client, item, text="First.")
    client.force_login(centre.manager)
    response = edit(client, item, text="Second.")
    assert response.status_code == 422
    for words in ("Somebody else changed this", "Second.", "First."):
        assert words in response.text
    item.refresh_from_db()
    assert item.text == "First."
    assert edit(client, item, text="Second.").status_code == 302


@pytest.mark.parametrize(
    "wrong", [{"text": ""}, {"received_on": "2999-01-01"}, {"received_on": "x"}, {"version": ""}]
)
def test_a_wrong_correction_is_refused(client, centre, wrong):
    item = make_item(centre)
    client.force_login(centre.supervisor)
    assert edit(client, item, **wrong).status_code == 422
    item.refresh_from_db()
    assert item.version == 1


def test_withdrawing_needs_a_reason(client, centre):
    item = make_item(centre)
    client.force_login(centre.supervisor)
    assert client.post(url("item-withdraw", item), {"text": ""}).status_code == 422
    assert client.post(url("item-withdraw", item), {"text": "Wrong person."}).status_code == 302
    assert "Wrong person." in client.get(url("item-detail", item)).text


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "²", "x"])
def test_a_number_no_person_can_have_narrows_nothing(client, centre, number):
    make_item(centre, text="Hello there.")
    client.force_login(centre.supervisor)
    page = client.get(reverse("feedback:item-list"), {"person": number, "q": "hello"})
    assert page.status_code == 200
    assert "Hello there." in page.text


def test_an_unknown_number_is_not_found(client, centre):
    client.force_login(centre.supervisor)
    assert client.get("/feedback/999999/").status_code == 404
    assert client.get("/feedback/99999999999999999999/").status_code == 404


def test_an_item_costs_few_queries(client, centre, django_assert_max_num_queries):
    item = make_item(centre, shared=True)
    for number in range(5):
        services.reply_to_feedback(item=item, by=centre.agent, text=f"Reply {number}.")
    client.force_login(centre.supervisor)
    with django_assert_max_num_queries(12):
        client.get(url("item-detail", item))


# ---- routes


@pytest.mark.criterion("M1")
def test_the_register_is_seeded_and_counts_what_the_reader_may_see(client, centre):
    make_item(centre)
    make_item(centre, about="stranger_agent", team=centre.other_team)
    client.force_login(centre.supervisor)
    page = client.get("/feedback/routes/").text
    assert "Floor walk and team-leader note" in page
    assert FeedbackRoute.objects.count() == 29
    csv = client.get("/feedback/routes/?format=csv").content.decode("utf-8-sig")
    assert next(line for line in csv.splitlines() if line.startswith("Floor walk")).endswith(",1,0")


def route_data(route, **data):
    fields = (
        "name",
        "kind",
        "direction",
        "from_whom",
        "audience",
        "grain",
        "cadence",
        "lawful_basis",
        "status",
    )
    return (
        {name: getattr(route, name) for name in fields}
        | {"version": route.version, "method": route.method_id or ""}
        | data
    )


def test_a_manager_changes_a_route_and_a_supervisor_does_not(client, centre):
    route = make_route()
    address = f"/feedback/routes/{route.key}/edit/"
    client.force_login(centre.supervisor)
    assert client.get(f"/feedback/routes/{route.key}/").status_code == 200
    assert client.get(address).status_code == 403
    client.force_login(centre.manager)
    assert client.get(address).status_code == 200
    assert client.post(address, route_data(route, cadence="Each shift")).status_code == 302
    route.refresh_from_db()
    assert (route.cadence, route.version) == ("Each shift", 2)
    assert client.post(address, route_data(route, version=1, cadence="Never")).status_code == 422
    route.refresh_from_db()
    assert route.cadence == "Each shift"


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"status": "loud"}, {"name": "Complaints log"}, {"audience": "", "status": "live"}],
)
def test_a_wrong_route_is_refused(client, centre, wrong):
    client.force_login(centre.manager)
    response = client.post("/feedback/routes/new/", route_data(make_route(), name="Ours", method="") | wrong)
    assert response.status_code == 422
    assert FeedbackRoute.objects.count() == 29


def test_a_new_route_gets_an_address_of_its_own(client, centre):
    client.force_login(centre.manager)
    for name in ("New", "New!"):
        data = route_data(make_route(), name=name, method="", owner=make_person("Nia", team=centre.team).pk)
        assert client.post("/feedback/routes/new/", data).status_code == 302
    assert set(FeedbackRoute.objects.filter(name__startswith="New").values_list("key", flat=True)) == {
        "new-2",
        "new-3",
    }


def test_the_register_costs_the_same_for_more_rows(client, centre, django_assert_max_num_queries):
    for _ in range(12):
        make_item(centre)
    client.force_login(centre.supervisor)
    with django_assert_max_num_queries(12):
        client.get("/feedback/routes/")
    with django_assert_max_num_queries(12):
        client.get("/feedback/routes/floor_walk/")
    assert client.get("/feedback/routes/nowhere/").status_code == 404
