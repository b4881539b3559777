"""Objectives: written by managers, read by everyone, asked about again when something above changed."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.core.forms import StaleEdit
from ccperf.metrics.models import MetricDefinition, MetricTarget, Rollup
from strategy.models import Objective, ObjectiveMeasure
from strategy.selectors import objectives_status
from strategy.services import (
    MeasureChoice,
    change_objective,
    close_objective,
    confirm_objective,
    set_objective,
)
from strategy.sight import sight_map
from tests.access_rules.strategy import make_objective
from tests.factories import press_again

LIST = "/strategy/objectives/"


def facts_of(objective: Objective, **changed) -> dict:
    names = ("title", "description", "level", "parent", "site", "team", "source_document", "source_place")
    facts = {name: getattr(objective, name) for name in (*names, "owner", "starts_on", "ends_before")}
    return facts | changed


def chosen(objective: Objective) -> list[MeasureChoice]:
    return [MeasureChoice(m.metric, m.wanted, m.part) for m in objective.measures.all()]


def form_data(centre, **changed) -> dict:
    return {
        "title": "Customers are told, and it is kept",
        "level": "organisation",
        "source_document": "Board paper 11",
        "owner": centre.people.manager.pk,
        "starts_on": today().isoformat(),
        **changed,
    }


@pytest.mark.criterion("D6")
def test_numbers_follow_each_other_and_a_draft_is_not_published(centre):
    first, second = make_objective(centre), make_objective(centre, publish=False)
    assert (first.reference, second.reference) == ("O-1", "O-2")
    assert list(Objective.objects.visible_to(centre.agent)) == [first]
    assert set(Objective.objects.visible_to(centre.manager)) == {first, second}
    assert objectives_status(centre.manager) == {"draft": 1, "to_confirm": 0, "confirmed": 1, "closed": 0}


@pytest.mark.criterion("D11")
def test_a_change_asks_for_confirmation_here_and_below(centre):
    top = make_objective(centre)
    middle = make_objective(centre, parent=top)
    bottom = make_objective(centre, parent=middle, level="team", team=centre.team)
    aside = make_objective(centre)
    change_objective(
        by=centre.manager,
        objective=top,
        facts=facts_of(top, title="Resolved, and told"),
        measures=chosen(top),
        version=1,
    )
    states = {o.pk: o.status for o in Objective.objects.all()}
    assert [states[o.pk] for o in (top, middle, bottom, aside)] == [
        "to_confirm",
        "to_confirm",
        "to_confirm",
        "confirmed",
    ]
    event = AuditEvent.objects.get(event="strategy.objective.changed")
    assert event.detail["after"] == {"title": "Resolved, and told"}
    middle.refresh_from_db()
    confirm_objective(by=centre.manager, objective=middle, version=middle.version)
    middle.refresh_from_db()
    assert (middle.status, middle.confirmed_by) == ("confirmed", centre.people.manager)


def test_saving_without_a_difference_changes_nothing(centre):
    objective = make_objective(centre)
    change_objective(
        by=centre.manager,
        objective=objective,
        facts=facts_of(objective),
        measures=chosen(objective),
        version=1,
    )
    objective.refresh_from_db()
    assert (objective.status, objective.version) == ("confirmed", 1)


def test_objectives_cannot_serve_each_other_in_a_circle(centre):
    top = make_objective(centre)
    below = make_objective(centre, parent=top)
    with pytest.raises(ValidationError, match="already serves"):
        change_objective(
            by=centre.manager, objective=top, facts=facts_of(top, parent=below), measures=[], version=1
        )


def test_second_editor_is_told_and_closing_needs_a_reason(centre):
    objective = make_objective(centre)
    with pytest.raises(StaleEdit):
        change_objective(
            by=centre.manager, objective=objective, facts=facts_of(objective), measures=[], version=7
        )
    with pytest.raises(ValidationError, match="Say why"):
        close_objective(by=centre.manager, objective=objective, reason="")
    closed = close_objective(by=centre.manager, objective=objective, reason="Reached")
    with pytest.raises(ValidationError, match="closed objective"):
        change_objective(
            by=centre.manager, objective=closed, facts=facts_of(closed), measures=[], version=closed.version
        )


@pytest.fixture
def measured(centre):
    """One objective with a measure that misses its target, one with neither target nor action."""
    resolved, silent, idle = MetricDefinition.objects.active()[:3]
    Rollup.objects.create(
        scope="organisation",
        grain="month",
        starts_on=today().replace(day=1),
        metric=idle,
        numerator=1,
        denominator=2,
        n=2,
    )
    MetricTarget.objects.filter(metric__in=[resolved, silent]).delete()
    MetricTarget.objects.create(metric=resolved, starts_on=today() - timedelta(days=90), low=0.76)
    MetricDefinition.objects.filter(pk=resolved.pk).update(unit="percent", direction="higher")
    for weeks in range(1, 13):
        Rollup.objects.create(
            scope="organisation",
            grain="week",
            scope_id=0,
            starts_on=week_start(today()) - timedelta(weeks=weeks),
            metric=resolved,
            numerator=70 + weeks % 3,
            denominator=100,
            n=100,
        )
    facts = {
        "title": "Resolved once",
        "level": "organisation",
        "source_document": "Strategy",
        "owner": centre.people.manager,
        "starts_on": today(),
    }
    choices = [MeasureChoice(resolved), MeasureChoice(silent), MeasureChoice(wanted="Shift wishes met")]
    return set_objective(by=centre.manager, facts=facts, measures=choices, publish=True)


@pytest.mark.criterion("D6")
def test_line_of_sight_reads_target_present_value_and_gaps(centre, measured):
    found = sight_map(centre.manager, [measured])
    line, silent, wanted = found.sights[0].lines
    assert (line.target, line.now, line.n) == ("at least 76%", "71.0%", 400)
    assert (line.assurance, line.has_no_action) == ("miss", True)
    assert (silent.has_no_target, silent.now) == (True, "")
    assert wanted.has_no_measure
    assert found.gaps[0] == "no measure of shift wishes met"
    assert found.measure_count == 2
    assert found.idle_metrics == (MetricDefinition.objects.active()[2],), (
        "measures without figures are not in use"
    )
    assert found.sights[0].has_no_guard


def test_an_objective_without_measures_is_said_to_be_unmeasured(centre):
    objective = make_objective(centre)
    ObjectiveMeasure.objects.all().delete()
    found = sight_map(centre.agent, [objective])
    assert found.gaps == ["nobody measures O-1"]
    assert found.sights[0].is_unmeasured


def test_figures_of_a_team_show_only_to_those_who_lead_it(centre, measured):
    metric = measured.measures.first().metric
    Rollup.objects.filter(metric=metric).update(scope="team", scope_id=centre.team.pk)
    facts = facts_of(measured, level="team", team=centre.team)
    team_objective = set_objective(
        by=centre.manager, facts=facts, measures=[MeasureChoice(metric)], publish=True
    )
    seen = {
        name: sight_map(getattr(centre, name), [team_objective]).sights[0].lines[0].now
        for name in ("manager", "supervisor", "stranger_supervisor", "agent", "hr")
    }
    assert seen == {
        "manager": "71.0%",
        "supervisor": "71.0%",
        "stranger_supervisor": "",
        "agent": "",
        "hr": "",
    }


def test_page_shows_map_table_and_file(client, centre, measured):
    client.force_login(centre.agent)
    page = client.get(LIST).content.decode()
    assert "O-1 Resolved once" in page
    assert "Shift wishes met" in page
    assert "1 measure serves no objective" in page
    assert "Set an objective" not in page
    table = client.get(LIST, {"view": "table"}).content.decode()
    assert "Objectives as a table" in table
    rows = list(csv.reader(io.StringIO(client.get(LIST, {"format": "csv"}).content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 3
    assert rows[1][8] == "at least 76%"


def test_empty_page_says_what_an_objective_is(client, centre):
    client.force_login(centre.manager)
    assert "No objective yet" in client.get(LIST).content.decode()
    assert "No objective of this kind yet" in client.get(LIST, {"level": "team"}).content.decode()


def test_manager_sets_an_objective_once(client, centre):
    client.force_login(centre.manager)
    form = client.get(LIST + "new/").context["form"]
    metric = MetricDefinition.objects.active().first()
    data = form_data(centre, metric_1=metric.pk, part_1="guard", wanted_1="Promises kept", publish="1") | {
        "submission": form["submission"].value()
    }
    first, second = client.post(LIST + "new/", data), client.post(LIST + "new/", data)
    objective = Objective.objects.get()
    assert first.url == second.url == objective.get_absolute_url()
    assert objective.status == "confirmed"
    assert [(m.metric, m.wanted, m.part) for m in objective.measures.all()] == [
        (metric, "", "guard"),
        (None, "Promises kept", "outcome"),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "required"),
        ({"level": "team"}, "Choose the team"),
        ({"last_day": "1999-01-01"}, "before the first"),
        ({"metric_1": "same", "metric_2": "same"}, "chosen already"),
        ({"owner": "999999"}, "valid choice"),
    ],
)
def test_bad_objective_is_told_and_not_written(client, centre, change, sentence):
    client.force_login(centre.manager)
    metric = MetricDefinition.objects.active().first().pk
    data = form_data(centre, **{k: metric if v == "same" else v for k, v in change.items()})
    response = client.post(LIST + "new/", data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Objective.objects.exists()


def test_second_editor_sees_the_sentence(client, centre):
    objective = make_objective(centre)
    client.force_login(centre.manager)
    address = reverse("strategy:objective-edit", args=[objective.pk])
    form = client.get(address).context["form"]
    data = form_data(centre, version=form["version"].value(), title="One")
    assert client.post(address, data).status_code == 302
    response = client.post(address, data | {"title": "Two"})
    assert response.status_code == 422
    assert "Somebody else changed this" in response.content.decode()
    assert Objective.objects.get().title == "One"
    assert press_again(client, address, response).status_code == 302
    assert Objective.objects.get().title == "Two"


def test_confirming_twice_or_from_an_old_page_is_harmless(client, centre):
    objective = make_objective(centre, publish=False)
    client.force_login(centre.manager)
    address = reverse("strategy:objective-confirm", args=[objective.pk])
    assert client.post(address, {"version": 9}).status_code == 302
    assert Objective.objects.get().status == "draft"
    client.post(address, {"version": 1})
    client.post(address, {"version": 1})
    client.post(address, {})
    assert Objective.objects.get().status == "confirmed"
    assert AuditEvent.objects.filter(event="strategy.objective.confirmed").count() == 1


def test_draft_is_nobody_elses_page(client, centre):
    objective = make_objective(centre, publish=False)
    client.force_login(centre.supervisor)
    assert client.get(objective.get_absolute_url()).status_code == 404
    client.force_login(centre.manager)
    assert client.get(objective.get_absolute_url()).status_code == 200


def test_closing_keeps_it_readable(client, centre):
    objective = make_objective(centre)
    client.force_login(centre.manager)
    address = reverse("strategy:objective-close", args=[objective.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Reached"}).status_code == 302
    assert objective.title not in client.get(LIST).content.decode()
    assert objective.title in client.get(LIST, {"closed": "1"}).content.decode()
