"""Measured quality: a stratified sample, two checkers who do not see each other, honest figures."""

import pytest
from django.core.exceptions import ValidationError

from feedback.themes import quality, services
from feedback.themes.analysis_quality import Case, kappa, precision, recall, weakness
from feedback.themes.models import CheckAnswer, CheckCase, CheckSample
from tests.themes.makers import NOTHING_KNOWN, RUDE, WAIT, make_read_item, theme

criterion = pytest.mark.criterion("M5")
SHEET = "/feedback/themes/quality/"


@criterion
def test_kappa_of_the_textbook_table():
    table = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert round(kappa(table), 3) == 0.4
    assert kappa([]) is None
    assert kappa([(False, False)] * 9) is None


@criterion
def test_equal_weights_give_wilsons_interval_and_weights_bring_back_what_was_left_out():
    found = precision([Case(1, True, 1.0)] * 8 + [Case(1, True, 0.0)] * 2)
    assert (round(found.share, 2), round(found.low, 3), round(found.high, 3)) == (0.8, 0.49, 0.943)
    caught = recall([Case(1, True, 1.0)] * 5 + [Case(10, False, 1.0)])
    assert round(caught.share, 3) == round(5 / 15, 3)
    assert recall([Case(1, True, 0.0)]) is None
    assert precision([Case(1, False, 1.0)]) is None
    assert weakness(precision([Case(1, True, 0.0)] * 9), None) == "takes in too much"
    assert weakness(None, recall([Case(1, False, 1.0)] * 9)) == "misses much"
    assert weakness(found, caught) == ""


@pytest.fixture
def sample(centre):
    for number in range(6):
        make_read_item(centre, f"{WAIT} {number}")
        make_read_item(centre, f"{NOTHING_KNOWN} {number}", about="colleague")
    corrected = make_read_item(centre, RUDE)
    services.confirm_theme(item=corrected, theme=theme("empathy_tone"), by=centre.supervisor)
    return quality.draw_sample(by=centre.manager, size=8)


@pytest.mark.django_db
@criterion
def test_drawn_by_theme_and_without_what_people_corrected(sample):
    strata = {}
    for case in sample.cases.all():
        strata.setdefault(case.stratum_id, []).append(case.weight)
    assert strata == {theme().pk: [1.5] * 4, None: [1.5] * 4}
    assert sample.population == 12


@pytest.mark.django_db
@criterion
def test_two_check_blind_and_the_sheet_says_where_it_is_weak(client, centre, sample):
    path = f"{SHEET}{sample.pk}/check/"
    wait = theme()
    for user in (centre.supervisor, centre.manager):
        client.force_login(user)
        for _ in range(8):
            page = client.get(path)
            assert "<mark>" not in page.text
            assert "% sure" not in page.text
            case = page.context["case"]
            # Both find the theme everywhere: the engine misses what it left without one.
            client.post(path, {"case": case.pk, "themes": [wait.pk]})
        assert "Nothing left to check" in client.get(path).text
    found = quality.quality_of(CheckSample.objects.get(), wait.pk)
    assert (found.precision.share, found.recall.share) == (1.0, 0.5)
    assert (found.kappa, CheckAnswer.objects.count()) == (None, 16)
    text = client.get(SHEET).text
    assert "8 of 8 comments checked" in text
    assert "Found when meant" in client.get(wait.get_absolute_url()).text
    file = client.get(SHEET, {"format": "csv"}).content.decode("utf-8-sig")
    assert "Wait and access,1.0" in file
    with pytest.raises(ValidationError, match="Two people"):
        quality.answer_case(case=sample.cases.first(), themes=[], by=centre.people.agent.user)


@pytest.mark.django_db
@criterion
def test_an_answer_has_to_be_one_and_a_stranger_has_none_to_give(client, centre, sample):
    case = sample.cases.first()
    path = f"{SHEET}{sample.pk}/check/"
    client.force_login(centre.supervisor)
    both = {"case": case.pk, "themes": [theme().pk], "nothing": "on"}
    assert client.post(path, both).status_code == 422
    assert client.post(path, {"case": case.pk}).status_code == 422
    assert client.post(path, {"case": case.pk, "nothing": "on"}).status_code == 302
    assert client.post(path, {"case": "99999999", "nothing": "on"}).status_code == 404
    client.force_login(centre.stranger_supervisor)
    assert client.post(path, {"case": case.pk, "nothing": "on"}).status_code == 404
    assert "None of these comments are yours to read" in client.get(path).text


@pytest.mark.django_db
@criterion
def test_nothing_to_draw_from(client, centre):
    client.force_login(centre.manager)
    assert "Not measured yet" in client.get(SHEET).text
    refused = client.post(f"{SHEET}draw/", {"size": 50})
    assert (refused.status_code, "has been analysed yet" in refused.text) == (422, True)
    assert not CheckCase.objects.exists()
