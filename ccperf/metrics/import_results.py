"""Where the figures of an import are to be seen: the page of its team, person or the centre, on its days."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.urls import reverse

from ccperf.core.dates import add_months, month_start, today, week_start
from ccperf.people.models import Person, User

WEEK_SPANS = (12, 26, 52)


@dataclass(frozen=True)
class Reach:
    """Days and subjects of the rows an import wrote."""

    first: date
    last: date
    team_id: int | None
    person_id: int | None


def reach_of(rows: QuerySet) -> Reach | None:
    """What rows cover; team and person only when all belong to one. One query."""
    fields = {field.name for field in rows.model._meta.get_fields()}
    kept = [name for name in ("team", "person") if name in fields]  # An interval is no one person's.
    found = rows.aggregate(
        first=Min("day"),
        last=Max("day"),
        **{f"{name}s": Count(name, distinct=True) for name in kept},
        **{name: Min(name) for name in kept},
    )
    if found["first"] is None:
        return None
    only = {name: found[name] for name in kept if found[f"{name}s"] == 1}
    return Reach(found["first"], found["last"], only.get("team"), only.get("person"))


def figures_link(user: User, rows: QuerySet) -> tuple[str, str] | None:
    """Words and address of the page that shows the figures of ``rows``; None without rows or rights."""
    reach = reach_of(rows)
    if reach is None:
        return None
    page = _page(user, reach)
    if page is None:
        return None
    return (
        f"See the figures, {_months(reach.first, reach.last)}",
        f"{page}?{_period(reach.first, reach.last)}",
    )


def _page(user: User, reach: Reach) -> str | None:
    if reach.person_id and Person.objects.performance_visible_to(user).filter(pk=reach.person_id).exists():
        return reverse("metrics:person-detail", args=[reach.person_id])
    if not user.access.can("metrics.read"):
        return None
    teams = user.access.scope_team_ids
    if reach.team_id in teams:
        return reverse("metrics:team-detail", args=[reach.team_id])
    return reverse("metrics:organisation")


def _period(first: date, last: date) -> str:
    """The shortest period on offer that ends with the last day and reaches back to the first."""
    after = week_start(last) + timedelta(days=7)
    weeks = (after - week_start(first)).days // 7
    count = next((count for count in WEEK_SPANS if weeks <= count), None)
    if count is None:
        after = add_months(month_start(last), 1)
    up_to = min(after - timedelta(days=1), today())
    return f"span={f'week-{count}' if count else 'month-24'}&end={up_to:%Y-%m-%d}"


def _months(first: date, last: date) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{last:%B %Y}"
    if first.year == last.year:
        return f"{first:%B} to {last:%B %Y}"
    return f"{first:%B %Y} to {last:%B %Y}"
