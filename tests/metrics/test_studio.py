"""The metric studio: what may be defined, and that a new definition never changes yesterday's pages."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics import rollups, versions
from ccperf.metrics.alerts.services import look
from ccperf.metrics.health.services import check_all, review_metric
from ccperf.metrics.models import MetricDefinition, MetricVersion, Observation, Rollup
from ccperf.metrics.saving import save_view
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import delete_observations, write_observations
from ccperf.metrics.tasks import begin_versions
from ccperf.metrics.versions import bring_current
from tests.factories import make_person, press_again

pytestmark = pytest.mark.django_db
DAYS = 150
TALK_SHARE = {
    "new_key": "talk_share",
    "name": "Share of talk",
    "short_name": "Talk share",
    "purpose": "How much of the handling is talk.",
    "decision": "Where to look for work after the call.",
    "numerator_label": "seconds of talk",
    "numerator_formula": "aht.numerator − acw.numerator",
    "denominator_label": "seconds handled",
    "denominator_formula": "aht.numerator",
    "unit": "percent",
    "examples": "aht.numerator 500, acw.numerator 100 -> 80 %\naht.numerator 0, acw.numerator 0 -> no data",
    "direction": "band",
    "level": "agent",
    "n_label": "contacts",
    "minimum_n": "10",
}


def address(name, *args):
    return reverse(f"metrics:{name}", args=args)


def filled(metric):
    """The form of a measure's next version with what is there now."""
    names = ("name", "short_name", "purpose", "numerator_label", "denominator_label", "unit", "examples")
    names += ("direction", "level", "n_label", "minimum_n")
    return {**{name: getattr(metric, name) for name in names}, "version": 0}


def draft_and_publish(client, key, *, starts_on=None, **changes):
    metric = MetricDefinition.objects.get(key=key)
    answer = client.post(address("draft-edit", key), filled(metric) | changes)
    assert answer.status_code == 302, answer.context["form"].errors
    return publish(client, key, starts_on)


def publish(client, key, starts_on=None, version=1):
    form = {"starts_on": (starts_on or today()).isoformat(), "version": version, "reason": "Asked for"}
    return client.post(address("draft-publish", key), form)


def run_jobs():
    for job in Job.objects.filter(status=Job.Status.QUEUED).order_by("pk"):
        run_job_now(job.pk)


def rows_of(person, days, **parts):
    """Rows of a person on the last complete days: measure = (numerator, denominator, n)."""
    last = week_start(today()) - timedelta(days=1)
    return [
        ObservationRow(last - timedelta(days=day), Scope.agent(person.pk), key, *values)
        for day in range(days)
        for key, values in parts.items()
    ]


@pytest.fixture
def studio(client, centre):
    client.force_login(centre.admin)
    return centre


@pytest.fixture
def handled(studio):
    """Two people with handle time and after-call work over half a year; a third lacks the latter."""
    one, two, third = (make_person(team=team) for team in (studio.team, studio.other_team, studio.team))
    write_observations(
        [
            *rows_of(one, DAYS, aht=(5000, 10, 10), acw=(1000, 10, 10)),
            *rows_of(two, DAYS, aht=(900, 3, 3), acw=(450, 3, 3)),
            *rows_of(third, DAYS, aht=(7000, 10, 10)),
        ],
        origin="direct",
    )
    rollups.refresh()
    studio.one, studio.two, studio.third = one, two, third
    return studio


def test_a_measure_goes_from_draft_to_pages_and_its_figures_equal_the_formula_on_the_rows(client, handled):
    made = client.post(address("metric-new"), TALK_SHARE)
    assert made.status_code == 302, made.context["form"].errors
    review = client.get(made.url).content.decode()
    assert "all as expected" in review
    assert "2 teams would have figures" in review
    assert "Once published, a day and subject that lacks a part has no value" in review
    assert "Share of talk" not in client.get(address("metric-list")).content.decode()
    assert client.get(address("metric-list") + "?state=draft").content.decode().count("Share of talk") == 1

    assert publish(client, "talk_share").status_code == 302
    assert publish(client, "talk_share").status_code == 302  # the same from another tab
    run_jobs()
    metric = MetricDefinition.objects.get(key="talk_share")
    assert (metric.numerator_unit, metric.denominator_unit, metric.is_active) == ("seconds", "seconds", True)
    rows = Observation.objects.filter(metric=metric)
    assert rows.count() == 2 * DAYS
    assert not rows.filter(person=handled.third).exists()
    assert set(rows.filter(person=handled.two).values_list("numerator", "denominator", "n", "origin")) == {
        (450, 900, 3, "derived")
    }
    whole = Rollup.objects.filter(metric=metric, scope="organisation", grain="month")
    assert sum(row.numerator for row in whole) == pytest.approx(DAYS * (4000 + 450))
    assert sum(row.denominator for row in whole) == pytest.approx(DAYS * (5000 + 900))
    events = AuditEvent.objects.filter(event__startswith="metrics.version").values_list("event", flat=True)
    assert sorted(events) == ["metrics.version.drafted", "metrics.version.published"]

    # What is imported later is worked out with it, what is taken back goes, and a rebuild gives the same.
    later = rows_of(handled.third, 2, acw=(700, 10, 10))
    write_observations(later, origin="direct")
    gone = [ObservationKey(row.day, row.scope, "acw") for row in rows_of(handled.one, 5, acw=(0, 0, 0))]
    delete_observations(gone)
    rollups.refresh()
    assert rows.filter(person=handled.third).count() == 2
    assert rows.filter(person=handled.one).count() == DAYS - 5
    sums = Rollup.objects.filter(metric=metric).order_by("scope", "grain", "scope_id", "starts_on")
    before = list(
        sums.values_list("scope", "grain", "scope_id", "starts_on", "numerator", "denominator", "n")
    )
    rollups.rebuild()
    assert before == list(
        sums.values_list("scope", "grain", "scope_id", "starts_on", "numerator", "denominator", "n")
    )


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        (
            {"numerator_formula": "aht.numerator + aht.denominator"},
            "numerator_formula",
            "At character 17: This",
        ),
        (
            {"numerator_formula": "ath.numerator"},
            "numerator_formula",
            "At character 1: There is no measure ath.",
        ),
        (
            {"denominator_formula": "2*talk_share.denominator"},
            "denominator_formula",
            "At character 3: It comes",
        ),
        ({"unit": "seconds"}, "unit", "divides seconds by seconds"),
        ({"examples": "aht.numerator 5 -> 80 %"}, "examples", "Line 1: acw.numerator is missing"),
        ({"usual_low": "5 s"}, "usual_low", "no value of this unit"),
        ({"usual_low": "80 %", "usual_high": "70"}, "usual_high", "below the least"),
        (
            {"examples": "8 / 10 -> 80 %"},
            "examples",
            "“8 / 10” is no part with a number. Write it like aht.numerator 8, acw.numerator 10 -> 80 %.",
        ),
        ({"new_key": "class"}, "new_key", "means something else"),
        ({"new_key": "health"}, "new_key", "means something else"),
        ({"new_key": "aht"}, "new_key", "Another measure"),
        ({"new_key": "Talk share"}, "new_key", "small letters"),
        ({"minimum_n": "-4"}, "minimum_n", "0"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(client, studio, changes, field, says):
    answer = client.post(address("metric-new"), TALK_SHARE | changes)
    assert answer.status_code == 422
    assert says in " ".join(answer.context["form"].errors[field])
    assert not MetricDefinition.objects.filter(key="talk_share").exists()


def test_the_formula_is_read_while_it_is_typed(client, studio):
    good = client.post(address("metric-check"), TALK_SHARE).content.decode()
    assert "seconds divided by seconds" in good
    assert good.count("As expected") == 2
    bad = client.post(address("metric-check"), TALK_SHARE | {"numerator_formula": "aht.numerator *"})
    assert "At character 15" in bad.content.decode()


def test_a_cycle_over_other_measures_is_named(client, studio):
    client.post(address("metric-new"), TALK_SHARE)
    publish(client, "talk_share")
    other = TALK_SHARE | {"new_key": "other", "numerator_formula": "talk_share.numerator"}
    other["examples"] = "aht.numerator 500, acw.numerator 100 -> 80 %"
    client.post(address("metric-new"), other)
    publish(client, "other")
    changed = filled(MetricDefinition.objects.get(key="talk_share")) | {
        "numerator_formula": "aht.numerator - other.numerator",
        "denominator_formula": "aht.numerator",
    }
    answer = client.post(address("draft-edit", "talk_share"), changed)
    assert answer.status_code == 422
    assert "At character 17: It comes back to itself: talk_share → other → talk_share." in str(
        answer.context["form"].errors["numerator_formula"]
    )
    refused = client.post(address("metric-retire", "talk_share"), {"reason": "Unused"})
    assert refused.status_code == 422
    assert "would have nothing to be worked out of" in refused.content.decode()


def test_an_example_that_fails_keeps_a_version_from_being_published(client, studio):
    client.post(
        address("metric-new"), TALK_SHARE | {"examples": "aht.numerator 500, acw.numerator 100 -> 70 %"}
    )
    review = client.get(address("draft-detail", "talk_share")).content.decode()
    assert "Gives 80" in review
    assert "Not ready to publish" in review
    refused = publish(client, "talk_share")
    assert refused.status_code == 422
    assert "1 worked example does not come out as expected" in str(refused.context["form"].errors)
    assert not MetricVersion.objects.filter(metric__key="talk_share", starts_on__isnull=False).exists()


def test_a_draft_edited_before_its_first_version_is_what_takes_effect(client, handled):
    """Everything that reads the measure follows the terms that were published, not those first saved."""
    wrong = {"numerator_formula": "acw.numerator", "examples": "acw.numerator 100, aht.numerator 500 -> 70 %"}
    client.post(address("metric-new"), TALK_SHARE | wrong)
    assert "Gives 20" in client.get(address("draft-detail", "talk_share")).content.decode()
    better = TALK_SHARE | {"name": "Talk of all", "minimum_n": "50", "direction": "higher", "version": 1}
    assert client.post(address("draft-edit", "talk_share"), better).status_code == 302
    assert "Talk of all" in client.get(address("metric-list") + "?state=draft").content.decode()

    assert publish(client, "talk_share", version=2).status_code == 302
    run_jobs()
    metric = MetricDefinition.objects.get(key="talk_share")
    assert metric.terms == metric.versions.get().terms
    assert metric.definition_on(today()).terms == metric.versions.get().terms
    assert (metric.name, metric.minimum_n, metric.direction) == ("Talk of all", 50, "higher")
    rows = Observation.objects.filter(metric=metric, person=handled.two)
    assert set(rows.values_list("numerator", "denominator")) == {(450, 900)}
    page = client.get(address("metric-detail", "talk_share")).content.decode()
    assert "Talk of all" in page
    assert "all as expected" in page


def test_a_draft_edited_before_a_first_version_to_come_waits_for_its_day(client, handled):
    client.post(address("metric-new"), TALK_SHARE | {"numerator_formula": "acw.numerator"})
    client.post(address("draft-edit", "talk_share"), TALK_SHARE | {"version": 1})
    first_day = today() + timedelta(days=3)
    assert publish(client, "talk_share", first_day, version=2).status_code == 302
    metric = MetricDefinition.objects.get(key="talk_share")
    assert metric.numerator_formula == metric.versions.get().numerator_formula
    assert not metric.is_active
    bring_current(first_day)
    metric.refresh_from_db()
    assert metric.is_active


@pytest.mark.parametrize(
    "key", ["fcr_net", "aht", "complaint_rate", "nps", "ces", "cost_per_contact", "span"]
)
def test_every_kind_of_seeded_measure_has_examples_that_hold(client, studio, key):
    assert "all as expected" in client.get(address("metric-detail", key)).content.decode()


def test_a_new_version_leaves_the_pages_of_earlier_days_as_they_were(client, handled):
    client.force_login(handled.supervisor)
    monday = week_start(today())
    past = {"span": "week-13", "end": (monday - timedelta(days=1)).isoformat()}

    def team_page(**query):
        page = client.get(address("team-detail", handled.team.pk), query)
        return next((item for item in page.context["board"].readings if item.metric.key == "aht"), None)

    before = team_page(**past)
    assert before.metric.minimum_n == 50
    client.force_login(handled.admin)
    assert (
        draft_and_publish(client, "aht", minimum_n=5000, name="Handle time", direction="lower").status_code
        == 302
    )
    assert MetricDefinition.objects.get(key="aht").minimum_n == 5000
    detail = client.get(address("metric-detail", "aht")).content.decode()
    assert "Fewest n to compare" in detail
    assert "was 50" in detail

    client.force_login(handled.supervisor)
    after = team_page(**past)
    assert after.metric.name == before.metric.name == "Average handle time"
    assert after.chart == before.chart
    assert (after.state, after.words, after.foot) == (before.state, before.words, before.foot)
    now = team_page(span="day-84", end=today().isoformat())
    assert now.metric.name == "Handle time"
    shown = {point.x for point in now.chart.points if point.value is not None}
    assert not shown
    yesterday = today() - timedelta(days=1)
    old_definition = client.get(
        address("metric-detail", "aht"), {"end": yesterday.isoformat()}
    ).content.decode()
    assert "Average handle time" in old_definition
    assert "in force then" in old_definition


def test_a_version_begins_on_its_day_and_never_in_the_past(client, studio):
    refused = draft_and_publish(client, "aht", starts_on=today() - timedelta(days=1), minimum_n=60)
    assert refused.status_code == 422
    assert "has passed" in str(refused.context["form"].errors["starts_on"])
    assert publish(client, "aht", today() + timedelta(days=3)).status_code == 302
    assert MetricDefinition.objects.get(key="aht").minimum_n == 50
    assert client.post(address("version-withdraw", "aht")).url == address("draft-detail", "aht")
    first, second = MetricVersion.objects.filter(metric__key="aht")
    assert (first.ends_before, second.starts_on, second.minimum_n) == (None, None, 60)
    assert publish(client, "aht", today() + timedelta(days=2), version=2).status_code == 302
    MetricVersion.objects.filter(metric__key="aht", number=1).update(ends_before=today())
    MetricVersion.objects.filter(metric__key="aht", number=2).update(starts_on=today())
    begin_versions()
    assert MetricDefinition.objects.get(key="aht").minimum_n == 60
    too_early = draft_and_publish(client, "aht", minimum_n=70)
    assert "Version 2 begins on" in str(too_early.context["form"].errors["starts_on"])


def test_what_will_fail_once_a_part_changes_is_refused_with_the_day(client, studio):
    client.post(address("metric-new"), TALK_SHARE)
    publish(client, "talk_share")
    later = today() + timedelta(days=14)
    changes = {
        "numerator_formula": "aht.numerator − hold_time.numerator",
        "examples": "aht.numerator 500, hold_time.numerator 100 -> 80 %",
        "denominator_formula": "aht.numerator",
    }
    assert draft_and_publish(client, "talk_share", starts_on=later, **changes).status_code == 302
    half = TALK_SHARE | {"new_key": "half_talk", "name": "Half of talk", "short_name": "Half"}
    half |= {
        "numerator_formula": "talk_share.numerator / 2",
        "examples": TALK_SHARE["examples"].replace("80", "40"),
    }
    assert client.post(address("metric-new"), half).status_code == 302
    refused = publish(client, "half_talk")
    assert refused.status_code == 422
    said = f"From {later:%-d %B %Y} on, when a part changes: Line 1: hold_time.numerator is missing"
    assert said in refused.content.decode()


def test_a_change_of_direction_waits_for_targets_of_the_other_side(client, studio):
    refused = draft_and_publish(client, "fcr_net", direction="lower")
    assert refused.status_code == 422
    assert "Its targets say nothing of the new direction" in str(refused.context["form"].errors)
    target = MetricDefinition.objects.get(key="fcr_net").targets.get()
    client.post(address("target-end", "fcr_net", target.pk), {"ends_before": today().isoformat()})
    assert publish(client, "fcr_net").status_code == 302
    form = {"starts_on": today().isoformat(), "low": "70"}
    refused = client.post(address("target-create", "fcr_net"), form)
    assert "Lower is better: say what it is to be at most" in refused.content.decode()


def test_a_change_of_unit_waits_for_the_targets(client, studio):
    refused = draft_and_publish(
        client, "fcr_net", unit="ratio", examples="numerator 8, denominator 10 -> 0.8", usual_low="0.7"
    )
    assert refused.status_code == 422
    assert "Its targets are in another unit (%)" in str(refused.context["form"].errors)
    target = MetricDefinition.objects.get(key="fcr_net").targets.get()
    client.post(address("target-end", "fcr_net", target.pk), {"ends_before": today().isoformat()})
    assert publish(client, "fcr_net").status_code == 302


def test_two_editors_do_not_overwrite_each_other(client, studio):
    form = filled(MetricDefinition.objects.get(key="aht"))
    assert client.post(address("draft-edit", "aht"), form | {"minimum_n": 60}).status_code == 302
    second = client.post(address("draft-edit", "aht"), form | {"minimum_n": 70})
    assert second.status_code == 422
    assert "Somebody else changed this" in second.content.decode()
    assert publish(client, "aht", version=0).status_code == 422
    assert MetricVersion.objects.get(metric__key="aht", number=2).minimum_n == 60
    assert press_again(client, address("draft-edit", "aht"), second).status_code == 302
    assert MetricVersion.objects.get(metric__key="aht", number=2).minimum_n == 70
    assert client.post(address("draft-discard", "aht")).status_code == 302
    assert not MetricVersion.objects.filter(metric__key="aht", number=2).exists()


def test_a_measure_with_a_draft_or_a_version_to_come_is_not_retired(client, handled):
    metric = MetricDefinition.objects.get(key="aht")
    versions.save_draft(by=handled.admin, metric=metric, version=0, terms={"minimum_n": 90})
    client.force_login(handled.admin)
    refused = client.post(address("metric-retire", "aht"), {"reason": "Not used"})
    assert refused.status_code == 422
    assert "A draft of its next version waits" in refused.content.decode()
    assert publish(client, "aht", today() + timedelta(days=9)).status_code == 302
    refused = client.post(address("metric-retire", "aht"), {"reason": "Not used"})
    assert "Withdraw it first" in refused.content.decode()
    versions.withdraw(by=handled.admin, metric=metric)
    versions.discard_draft(by=handled.admin, metric=metric)
    assert client.post(address("metric-retire", "aht"), {"reason": "Not used"}).status_code == 302


def test_a_new_definition_is_not_read_into_the_weeks_before_it(client, centre):
    """Own page and comparison of teams show complete weeks, all before today."""
    last = week_start(today()) - timedelta(days=1)
    who = Scope.agent(centre.people.agent.pk)
    rows = [
        ObservationRow(last - timedelta(weeks=week), who, "fcr_net", 70 + week % 5, 100, 100)
        for week in range(20)
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    look()
    metric = MetricDefinition.objects.get(key="fcr_net")
    terms = {"name": "Solved at once", "short_name": "Solved", "minimum_n": 5000, "direction": "none"}
    versions.save_draft(by=centre.admin, metric=metric, version=0, terms=terms)
    versions.publish(by=centre.admin, metric=metric, version=1, starts_on=today(), reason="Clearer")
    client.force_login(centre.agent)
    own = client.get(reverse("dashboards:me")).content.decode()
    assert "My first contact resolution, net" in own
    client.force_login(centre.supervisor)
    for query in ("?metric=fcr_net", "?view=table"):
        text = client.get(reverse("alerts:span") + query).content.decode()
        assert "First contact" in text
        assert "Solved" not in text


def test_line_ends_of_a_browser_are_no_change(client, handled):
    metric = MetricDefinition.objects.get(key="aht")
    sent = filled(metric) | {"examples": metric.examples.replace("\n", "\r\n"), "minimum_n": "90"}
    assert client.post(address("draft-edit", "aht"), sent).status_code == 302
    draft = metric.versions.get(starts_on=None)
    assert (draft.examples, draft.minimum_n) == (metric.examples, 90)
    assert "\n" in draft.examples


@pytest.mark.parametrize(
    "name", ["metrics:metric-list", "metrics:target-list", "metrics:draft-detail", "metric_health:metric"]
)
def test_pages_that_answer_as_files_say_so(client, handled, name):
    metric = MetricDefinition.objects.get(key="aht")
    versions.save_draft(by=handled.admin, metric=metric, version=0, terms={"minimum_n": 90})
    check_all()
    client.force_login(handled.admin)
    url = reverse(name, args=[] if name.endswith("-list") and "target" not in name else ["aht"])
    text = client.get(url).content.decode()
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert f"?format={kind}" in text
        assert client.get(url, {"format": kind}).content.startswith(start)


def test_what_was_reviewed_and_kept_depends_on_the_measure(client, handled):
    check_all()
    metric = MetricDefinition.objects.get(key="aht")
    review_metric(by=handled.manager, metric=metric, verdict="keep", works_well="Everybody knows it.")
    for user, name, url in (
        (handled.manager, "Longest teams", f"{reverse('alerts:span')}?metric=aht"),
        (handled.supervisor, "Only mine", metric.get_absolute_url()),
        (handled.supervisor, "Another measure", f"{reverse('alerts:span')}?metric=aht2"),
    ):
        shared = "everyone" if user == handled.manager else ""
        save_view(by=user, name=name, address=url, is_pinned=False, shared_with=shared)
    client.force_login(handled.admin)
    text = client.get(address("metric-retire", "aht")).content.decode()
    assert "Health check" in text
    assert "rests on it, of" in text
    assert "Longest teams" in text
    assert "1 kept view" in text
    assert "Only mine" not in text


def test_a_kept_view_that_shows_a_measure_is_linked_for_who_may_open_it(client, handled):
    where = f"{reverse('metrics:metric-detail', args=['aht'])}?scope=team:{handled.team.pk}"
    save_view(by=handled.manager, name="One team", address=where, is_pinned=False, shared_with="everyone")
    for reader, opens in ((handled.supervisor, True), (handled.stranger_supervisor, False)):
        client.force_login(reader)
        text = client.get(reverse("metrics:metric-detail", args=["aht"]), {"view": "data"}).text
        assert "One team" in text
        assert (f'href="{where}"' in text) is opens


def test_a_retired_measure_stays_on_earlier_pages_and_can_come_back(client, handled):
    shown = client.get(address("metric-retire", "aht")).content.decode()
    assert "First contact resolution, net" in shown
    assert "has it as guard measure" in shown
    assert client.post(address("metric-retire", "aht"), {"reason": "Not used"}).status_code == 302

    def keys(**query):
        client.force_login(handled.supervisor)
        page = client.get(address("team-detail", handled.team.pk), query)
        return {reading.metric.key for reading in page.context["board"].readings}

    assert "aht" in keys(end=(week_start(today()) - timedelta(days=1)).isoformat(), span="week-13")
    assert "aht" not in keys(end=today().isoformat(), span="day-84")
    client.force_login(handled.admin)
    assert client.post(address("metric-restore", "aht")).status_code == 302
    assert "aht" in keys(end=today().isoformat(), span="day-84")
    assert (
        AuditEvent.objects.filter(event__in=["metrics.metric.retired", "metrics.metric.restored"]).count()
        == 2
    )


@pytest.mark.parametrize("key", ["aht", "talk_share"])
def test_days_without_a_retired_measure_stay_without_it_when_it_comes_back(client, handled, key):
    """It was in use until three weeks ago, retired for two, and comes back today."""
    if key == "talk_share":
        client.post(address("metric-new"), TALK_SHARE)
        publish(client, "talk_share")
        run_jobs()
    retired, back = today() - timedelta(days=21), today() - timedelta(days=1)
    MetricVersion.objects.filter(metric__key="talk_share").update(starts_on=today() - timedelta(days=100))
    metric = MetricDefinition.objects.get(key=key)
    versions.retire(by=handled.admin, metric=metric, reason="Not used")
    MetricDefinition.objects.filter(pk=metric.pk).update(retired_on=retired)
    rollups.rebuild()

    def seen():
        found = {}
        for name, after in (("before", retired), ("between", back), ("today", today() + timedelta(days=1))):
            client.force_login(handled.supervisor)
            page = client.get(
                address("team-detail", handled.team.pk),
                {"span": "day-84", "end": (after - timedelta(days=1)).isoformat()},
            )
            board = page.context["board"]
            found[name] = [(one.words, one.foot) for one in board.readings if one.metric.key == key]
        return found

    without = seen()
    assert without["before"]
    assert not without["between"]
    assert not without["today"]
    versions.restore(by=handled.admin, metric=metric)
    run_jobs()
    rollups.rebuild()
    now = seen()
    assert (now["before"], now["between"]) == (without["before"], without["between"])
    assert now["today"]
    rows = Observation.objects.filter(metric=metric, day__gte=retired, day__lt=today(), person=handled.one)
    assert rows.exists() is (key == "aht")
    first, second = MetricVersion.objects.filter(metric=metric)
    assert (first.ends_before, second.starts_on, first.terms) == (retired, today(), second.terms)
    versions.save_draft(by=handled.admin, metric=metric, version=0, terms={"minimum_n": 9})
    assert metric.versions.get(starts_on=None).number == 3


def test_the_preview_compares_with_today_and_names_no_team(client, handled):
    client.post(
        address("draft-edit", "aht"), filled(MetricDefinition.objects.get(key="aht")) | {"minimum_n": 9000}
    )
    text = client.get(address("draft-detail", "aht")).content.decode()
    assert "teams would read differently today" in text
    assert "was 50" in text
    assert handled.team.name not in text
    assert handled.one.name not in text
    file = client.get(address("draft-detail", "aht"), {"format": "csv"}).content.decode("utf-8-sig")
    whole = next(row for row in csv.reader(io.StringIO(file)) if row[0] == "Organisation")
    assert float(whole[3]) == float(whole[6]) == pytest.approx((5000 + 900 + 7000) / 23)


def test_targets_are_inherited_and_it_is_said_from_where(client, studio):
    day = today().isoformat()
    create = address("target-create", "fcr_net")
    assert client.post(create, {"starts_on": day, "low": "75 %", "site": studio.site.pk}).status_code == 302
    assert client.post(create, {"starts_on": day, "low": "80", "team": studio.team.pk}).status_code == 302
    rows = list(
        csv.DictReader(
            io.StringIO(
                client.get(address("target-list", "fcr_net") + "?format=csv").content.decode("utf-8-sig")
            )
        )
    )
    found = {row["Where"]: (float(row["At least"]), row["Comes from"]) for row in rows}
    assert found["Organisation"] == (0.7, "set here")
    assert found[studio.site.name] == (0.75, "set here")
    assert found[studio.team.name] == (0.8, "set here")
    assert found[studio.other_team.name] == (0.75, f"from site {studio.site.name}")
    overlap = client.post(create, {"starts_on": day, "low": "85", "team": studio.team.pk})
    assert overlap.status_code == 422
    assert "A target already begins on" in overlap.content.decode()
    past = client.post(create, {"starts_on": "2020-01-01", "low": "85", "team": studio.team.pk})
    assert "has passed" in str(past.context["form"].errors["starts_on"])
    mixed = client.post(create, {"starts_on": day, "low": "85 s"})
    assert "no value of this unit" in str(mixed.context["form"].errors["low"])

    own = studio.team.targets.get()
    end = address("target-end", "fcr_net", own.pk)
    early = client.post(end, {"ends_before": (today() - timedelta(days=1)).isoformat()})
    assert early.status_code == 422
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert client.post(end, {"ends_before": tomorrow}).status_code == 302
    again = client.post(end, {"ends_before": (today() + timedelta(days=9)).isoformat()})
    assert "anyway" in str(again.context["form"].errors["ends_before"])


def test_the_list_goes_out_with_every_term(client, studio):
    file = client.get(address("metric-list") + "?format=csv").content.decode("utf-8-sig")
    row = next(row for row in csv.DictReader(io.StringIO(file)) if row["Key"] == "aht")
    assert (row["Numerator unit"], row["Denominator unit"], row["Version"]) == ("seconds", "contacts", "1")
    assert row["Guard"] == "fcr_net"
