"""Who may open which page of figures."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from ccperf.core.dates import today, week_start
from ccperf.metrics import rollups
from ccperf.metrics.models import MetricDefinition, Observation, Queue, SavedView
from ccperf.metrics.records import IntervalRecord
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import write_observations
from ccperf.metrics.versions import save_draft
from tests.access_rules import EVERYONE, rule
from tests.factories import make_person

LEADERS = "supervisor manager stranger"  # the stranger leads another team of the same site


def drafted(centre):
    """A measure with a draft of its next version."""
    metric = MetricDefinition.objects.get(key="asa")
    if not metric.versions.filter(starts_on__isnull=True).exists():
        save_draft(by=centre.admin, metric=metric, version=0, terms={"minimum_n": 90})
    return {"key": metric.key}


RULES = {
    "metrics:team-detail": rule(
        ok="supervisor manager", stranger=404, args=lambda centre: {"pk": centre.team.pk}
    ),
    "metrics:person-detail": rule(
        ok="agent supervisor manager",
        stranger=404,
        args=lambda centre: {"pk": centre.people.agent.pk},
    ),
    "metrics:site-detail": rule(ok=LEADERS, args=lambda centre: {"pk": centre.site.pk}),
    "metrics:organisation": rule(ok=LEADERS),
    "metrics:metric-list": rule(ok=EVERYONE),
    "metrics:metric-detail": rule(ok=EVERYONE, args=lambda centre: {"key": "fcr_net"}),
    # (The page's other half, ?view=data, is measured in tests/metrics/test_span_page.py.)
    # Without a chosen subject agents get their own rows and leaders those of their teams; others have none.
    "metrics:metric-rows": rule(ok=f"agent {LEADERS}", otherwise=404, args=lambda centre: {"key": "fcr_net"}),
    "metrics:metric-new": rule(ok="admin"),
    "metrics:metric-check": rule(method="post", ok="admin", status=200),
    "metrics:draft-detail": rule(ok="admin", args=drafted),
    "metrics:draft-edit": rule(ok="admin", args=drafted),
    "metrics:draft-publish": rule(
        method="post",
        ok="admin",
        args=drafted,
        data=lambda centre: {"starts_on": today().isoformat(), "version": 1, "reason": "Fewer"},
    ),
    "metrics:draft-discard": rule(method="post", ok="admin", args=drafted),
    "metrics:version-withdraw": rule(method="post", ok="admin", args=lambda centre: {"key": "hold_time"}),
    "metrics:metric-retire": rule(ok="admin", args=lambda centre: {"key": "hold_time"}),
    "metrics:metric-restore": rule(method="post", ok="admin", args=lambda centre: {"key": "hold_time"}),
    "metrics:target-list": rule(ok="admin", args=lambda centre: {"key": "fcr_net"}),
    "metrics:target-end": rule(
        ok="admin",
        args=lambda centre: {
            "key": "fcr_net",
            "pk": MetricDefinition.objects.get(key="fcr_net").targets.first().pk,
        },
    ),
    # The stranger's team has no such rows, and agents see the rows of their own days.
    "metrics:metric-records": rule(
        ok="agent supervisor manager",
        otherwise=404,
        args=lambda centre: {"key": "fcr_net", "pk": make_observation(centre).pk},
        budget=False,
    ),
    "metrics:day": rule(ok=LEADERS),
    "metrics:day-intervals": rule(
        ok=LEADERS, args=lambda centre: with_interval(centre), path="?day=2026-11-03"
    ),
    "metrics:view-list": rule(ok=EVERYONE),
    "metrics:view-create": rule(ok=EVERYONE, path="?address=/organisation/"),
    "metrics:view-edit": rule(
        ok="supervisor", otherwise=404, args=lambda centre: {"pk": make_view(centre).pk}
    ),
    "metrics:view-delete": rule(
        method="post", ok="supervisor", otherwise=404, args=lambda centre: {"pk": make_view(centre).pk}
    ),
    "metrics:target-create": rule(
        method="post",
        ok="admin",
        args=lambda centre: {"key": "aht"},
        data=lambda centre: {"starts_on": today().isoformat(), "low": "300", "high": "500"},
    ),
}


def make_observation(centre):
    """A day of the agent of the team, as an import brings it."""
    person, metric = centre.people.agent, MetricDefinition.objects.get(key="fcr_net")
    day = week_start(today()) - timedelta(days=4)
    parts = {"numerator": 70, "denominator": 100, "n": 100, "person": person, "team": centre.team}
    return Observation.objects.get_or_create(
        day=day, subject=f"agent:{person.pk}", metric=metric, defaults=parts
    )[0]


def with_interval(centre):
    """An interval of a queue, which names nobody; the address has no part of its own."""
    if not Queue.objects.exists():
        queue = Queue.objects.create(name="Billing", site=centre.site)
        at = timezone.make_aware(datetime(2026, 11, 3, 9))
        IntervalRecord.objects.create(
            starts_at=at, day=at.date(), grain=1, subject=f"queue:{queue.pk}", queue=queue,
            offered=50, created_batch_id=1, batch_id=1,
        )  # fmt: skip
    return {}


def make_view(centre):
    """A view that the supervisor keeps."""
    count = SavedView.objects.count()
    return SavedView.objects.create(
        owner=centre.supervisor, name=f"View {count}", address="/organisation/", shared_with="everyone"
    )


def grow(centre, count):
    """More people with figures in both teams of the site."""
    last = week_start(today())
    rows = []
    for index in range(count):
        team = (centre.team, centre.other_team)[index % 2]
        person = make_person(team=team)
        rows += [
            ObservationRow(last - timedelta(days=7 * week + 3), Scope.agent(person.pk), metric, 70, 100, 100)
            for week in range(1, 5)
            for metric in ("fcr_net", "csat_t2b")
        ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    grow_more(centre, count, last)


def grow_more(centre, count, last):
    """More queues with intervals, and more kept views of everybody."""
    before = Queue.objects.count()
    start = timezone.make_aware(datetime.combine(last - timedelta(days=3), time(9)))
    for index in range(count):
        queue = Queue.objects.create(name=f"Queue {before + index}", site=centre.site)
        IntervalRecord.objects.create(
            starts_at=start, day=start.date(), grain=1, subject=f"queue:{queue.pk}", queue=queue,
            offered=50, answered=45, within_target=40, created_batch_id=1, batch_id=1,
        )  # fmt: skip
        make_view(centre)
