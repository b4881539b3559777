"""Small makers of actions and of weeks of figures for tests."""

from datetime import date, timedelta

from ccperf.core.dates import today, week_start
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.rollups import refresh
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.seeding import seed_catalogue
from ccperf.metrics.services import write_observations
from improvement import services
from improvement.models import ImprovementAction
from improvement.wording import PromiseTerms, Terms

METRIC, GUARD = "fcr_net", "aht"
WOBBLE = (0.0, 0.012, -0.008, 0.015, -0.013, 0.004, -0.002, 0.009, -0.011, 0.006)


def metric(key: str = METRIC) -> MetricDefinition:
    """A measure of the seeded catalogue."""
    if not MetricDefinition.objects.filter(key=key).exists():
        seed_catalogue()
    return MetricDefinition.objects.get(key=key)


def write_weeks(scope: Scope, key: str, first: date, values, n: int = 400) -> None:
    """One observation a week from ``first`` on, each with the given value, and their sums."""
    metric(key)
    rows = [
        ObservationRow(week_start(first) + timedelta(weeks=place), scope, key, value * n, n, n)
        for place, value in enumerate(values)
        if week_start(first) + timedelta(weeks=place) < today()
    ]
    write_observations(rows, origin="direct")
    refresh()


def wobbling(level: float, count: int) -> list[float]:
    """Values around a level with the common variation of a week."""
    return [level + WOBBLE[place % len(WOBBLE)] for place in range(count)]


def terms(**changes) -> Terms:
    """Sensible terms: first contact resolution to 76% in twelve weeks."""
    metric(METRIC)
    metric(GUARD)
    start = changes.pop("starts_on", today())
    made = {
        "title": "Recap the next step",
        "what": "Sum up the agreed next step before closing every call.",
        "starts_on": str(start),
        "due_on": str(start + timedelta(weeks=12)),
        "metric": METRIC,
        "target_value": 0.76,
        "promises": (
            PromiseTerms("team", "Sum up the next step"),
            PromiseTerms("leader", "Get a reminder built in", str(start + timedelta(weeks=4))),
        ),
    }
    return Terms(**(made | changes))


def propose(centre, *, person="agent", team=None, by="supervisor", named=(), **changes) -> ImprovementAction:
    """An action proposed by the supervisor to one agent, or to a team."""
    own = {key: changes.pop(key) for key in ("why", "theme", "item", "quorum") if key in changes}
    return services.propose_action(
        by=getattr(centre, by),
        terms=terms(**changes),
        owner=getattr(centre.people, by),
        named=[getattr(centre.people, name) for name in named],
        team=team,
        person=getattr(centre.people, person) if person and team is None else None,
        **own,
    )


def agree(centre, action: ImprovementAction, *names: str) -> ImprovementAction:
    """The named people agree to the present wording."""
    for name in names or ("agent",):
        action = services.answer_action(
            action=action,
            by=getattr(centre, name),
            answer="agreed",
            wording_number=action.agreement.wording_number,
        )
    return action


def agreed_action(centre, **options) -> ImprovementAction:
    """An action that is being done."""
    return agree(centre, propose(centre, **options))


def backdate(action: ImprovementAction, weeks: int) -> ImprovementAction:
    """As if it had been agreed and begun that many weeks ago; the baseline is frozen anew."""
    from improvement.measures import freeze_baseline

    action.starts_on = week_start(today()) - timedelta(weeks=weeks)
    action.agreed_on = action.starts_on
    freeze_baseline(action)
    action.save()
    return action
