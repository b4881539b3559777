"""Reading the leaver register, and the summaries other rooms show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ccperf.core.dates import today
from ccperf.people.models import Employment, Person, User
from ccperf.privacy.threshold import Hidden
from retention.analysis_turnover import Rate, Share
from retention.intakes import IntakeRow
from retention.models import Leaver, LeaverReason
from retention.patterns import Filters, Patterns, patterns, years_for
from retention.population import load_population

EXPORT_HEADER = (
    "Employee number",
    "Name",
    "File or system",
    "Reference there",
    "How it ended",
    "First day",
    "Notice given on",
    "Last employed day",
    "Last day known to the",
    "Team at leaving",
    "Site",
    "Would have been kept",
    "Main reason, leaver",
    "Other reasons, leaver",
    "Main reason, HR",
    "Other reasons, HR",
)


def register_rows(user: User, filters: Mapping[str, Any]) -> QuerySet[Leaver]:
    """The register as ``user`` may read it, narrowed by the cleaned filter form, latest first."""
    rows = Leaver.objects.visible_to(user).select_related("person", "team", "site")
    if words := filters.get("q"):
        rows = rows.filter(
            Q(person__name__icontains=words)
            | Q(person__employee_number__iexact=words)
            | Q(external_reference__iexact=words)
        )
    for name in ("kind", "site", "team"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    if filters.get("state") == "no-reason":
        rows = rows.filter(~Exists(LeaverReason.objects.filter(leaver=OuterRef("pk"))))
    if filters.get("state") == "ahead":
        rows = rows.filter(left_on__gte=today())
    return rows


@dataclass(frozen=True, slots=True)
class Ending:
    """An employment that ended without an entry in the register."""

    person: Person
    last_day: date


def unregistered_endings(user: User, limit: int) -> list[Ending]:
    """Employments that have ended without an entry, for HR to complete; nobody else sees names here."""
    ended = Employment.objects.filter(ends_before__lte=today(), leaving__isnull=True)
    if not user.access.can("retention.read"):
        return []
    rows = ended.select_related("person").order_by("-ends_before")[:limit]
    return [Ending(row.person, row.ends_before - timedelta(days=1)) for row in rows if row.ends_before]


def main_reasons(leavers: Iterable[Leaver]) -> dict[int, str]:
    """What HR concluded about each leaver, else what they said last; one query."""
    given = LeaverReason.objects.filter(leaver__in=[leaver.pk for leaver in leavers])
    columns = ("leaver_id", "reason__name", "is_primary", "stated_by", "occasion")
    order = list(LeaverReason.Occasion.values)
    found: dict[int, tuple[tuple[bool, bool, int], str]] = {}
    for leaver_id, name, is_primary, stated_by, occasion in given.values_list(*columns):
        weight = (is_primary, stated_by == LeaverReason.StatedBy.HR, order.index(occasion))
        if leaver_id not in found or weight >= found[leaver_id][0]:
            found[leaver_id] = (weight, name)
    return {leaver_id: name for leaver_id, (_, name) in found.items()}


def tenure_days(leaver: Leaver) -> int | None:
    """Days from first to last employed day, where both are known to the day."""
    exact = Leaver.Precision.DAY
    if not (leaver.started_on and leaver.left_on):
        return None
    if (leaver.started_precision, leaver.left_precision) != (exact, exact):
        return None
    return (leaver.left_on - leaver.started_on).days + 1


def export_rows(leavers: QuerySet[Leaver]) -> list[Sequence[Any]]:
    """The register as a file."""
    return [_export_row(leaver) for leaver in leavers.prefetch_related("leaver_reasons__reason")]


def _export_row(leaver: Leaver) -> Sequence[Any]:
    person = leaver.person
    kept = {True: "yes", False: "no", None: ""}[leaver.is_regretted]
    return (
        person.employee_number if person else "",
        person.name if person else "",
        leaver.external_source,
        leaver.external_reference,
        leaver.get_kind_display(),
        leaver.started_on,
        leaver.notice_on,
        leaver.left_on,
        leaver.left_precision,
        leaver.team.name if leaver.team else "",
        leaver.site.name if leaver.site else "",
        kept,
        *_reason_cells(leaver, LeaverReason.StatedBy.LEAVER),
        *_reason_cells(leaver, LeaverReason.StatedBy.HR),
    )


def _reason_cells(leaver: Leaver, stated_by: str) -> tuple[str, str]:
    rows = [row for row in leaver.leaver_reasons.all() if row.stated_by == stated_by]
    main = dict.fromkeys(row.reason.name for row in rows if row.is_primary)
    others = dict.fromkeys(row.reason.name for row in rows if not row.is_primary)
    return "; ".join(main), "; ".join(others)


@dataclass(frozen=True, slots=True)
class RetentionSummary:
    """What a home page says about staying and leaving: the last twelve complete months, guarded."""

    start: date
    end: date
    turnover: Rate | None
    resigned: Rate | Hidden | None
    early: Share | Hidden
    immature: int | Hidden
    concerns: tuple[IntakeRow, ...]
    intakes: tuple[IntakeRow, ...]
    reasons: tuple[tuple[str, Share | Hidden, str], ...]
    unrecorded: int

    @property
    def mean_headcount(self) -> int | None:
        return round(self.turnover.mean_headcount) if self.turnover else None


def retention_summary(user: User) -> RetentionSummary:
    """Turnover, intakes of concern and main reasons for a home page; five queries, whatever the size."""
    population = load_population(user)
    return summary_of(patterns(user, population, Filters(year=years_for(population)[0])))


def summary_of(found: Patterns) -> RetentionSummary:
    """The few figures of a whole retention page that a home page has room for."""
    turnover, year = found.turnover, found.filters.year
    return RetentionSummary(
        start=year.start,
        end=year.end,
        turnover=turnover.rate if turnover else None,
        resigned=turnover.resigned if turnover else None,
        early=found.intakes.total,
        immature=found.intakes.immature,
        concerns=tuple(found.intakes.concerns),
        intakes=found.intakes.rows,
        reasons=tuple((row.name, row.shares[-1], row.mitigable) for row in found.reasons.rows[:5]),
        unrecorded=turnover.unrecorded if turnover else 0,
    )


def leavers_since(user: User, day: date) -> int:
    """How many entries of the register a user may count have a last day on or after ``day``."""
    return (
        Leaver.objects.counted_for(user)
        .from_employer()
        .filter(left_on__gte=day, left_on__lte=timezone.localdate())
        .count()
    )
