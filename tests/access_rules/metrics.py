"""Who may open which page of figures."""

from datetime import timedelta

from ccperf.core.dates import today, week_start
from ccperf.metrics import rollups
from ccperf.metrics.models import MetricDefinition
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
    "metrics:team-list": rule(ok=LEADERS, path="?metric=csat_t2b"),
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
    "metrics:target-create": rule(
        method="post",
        ok="admin",
        args=lambda centre: {"key": "aht"},
        data=lambda centre: {"starts_on": today().isoformat(), "low": "300", "high": "500"},
    ),
}


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
