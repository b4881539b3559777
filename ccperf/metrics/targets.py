"""Setting targets. A target is never changed in place: a new one begins where the old one ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.readings import target_words
from ccperf.metrics.selectors import Bounds, TargetBook
from ccperf.metrics.services import renew_pages
from ccperf.people.models import Site, Team, User


@transaction.atomic
def set_target(
    *,
    by: User,
    metric: MetricDefinition,
    starts_on: date,
    low: float | None,
    high: float | None,
    site: Site | None = None,
    team: Team | None = None,
) -> MetricTarget:
    """Let a target hold from ``starts_on``; the one that held until then ends the day before.

    Earlier days keep the target they had, so it begins today or later. Raises ValidationError for a day that
    has passed, and when a target of the same reach already begins on that day or later, because then two
    would hold at once.
    """
    if starts_on < today():
        raise ValidationError(f"{starts_on:%-d %B %Y} has passed. Choose today or a later day.")
    MetricDefinition.objects.select_for_update().get(pk=metric.pk)
    same = MetricTarget.objects.filter(metric=metric, site=site, team=team)
    later = same.filter(starts_on__gte=starts_on).order_by("starts_on").first()
    if later:
        raise ValidationError(
            f"A target already begins on {later.starts_on:%-d %B %Y}. Choose a later day to step from there."
        )
    for old in same.overlapping(starts_on, None):
        old.ends_before = starts_on
        old.save(update_fields=["ends_before"])
    target = MetricTarget(metric=metric, starts_on=starts_on, low=low, high=high, site=site, team=team)
    target.full_clean()
    target.save()
    renew_pages()
    record(
        "metrics.target.set",
        by=by,
        subject=metric,
        after={
            "from": starts_on,
            "low": low,
            "high": high,
            "site": site and site.pk,
            "team": team and team.pk,
        },
    )
    return target


@transaction.atomic
def end_target(*, by: User, target: MetricTarget, ends_before: date) -> None:
    """Let a target hold only before a day, today or later; then the site's or the general one counts.

    One that has not begun by then is taken back altogether. Raises ValidationError for a day that has passed
    or on which the target has ended anyway.
    """
    target = MetricTarget.objects.select_for_update().get(pk=target.pk)
    if ends_before < today():
        raise ValidationError(
            {"ends_before": f"{ends_before:%-d %B %Y} has passed. Choose today or a later day."}
        )
    if target.ends_before and target.ends_before <= ends_before:
        raise ValidationError({"ends_before": f"It ends on {target.ends_before:%-d %B %Y} anyway."})
    before = {"from": target.starts_on, "until": target.ends_before, "low": target.low, "high": target.high}
    if ends_before <= target.starts_on:
        target.delete()
    else:
        target.ends_before = ends_before
        target.save(update_fields=["ends_before"])
    renew_pages()
    reach = {"site": target.site_id, "team": target.team_id}
    record(
        "metrics.target.ended",
        by=by,
        subject=target.metric,
        before=before,
        after={"until": ends_before, **reach},
    )


@dataclass(frozen=True)
class TargetRow:
    """One line of the table of targets: where, what holds today, where that comes from, what is planned."""

    metric: MetricDefinition
    name: str
    site: Site | None
    team: Team | None
    bounds: Bounds
    source: MetricTarget | None
    planned: MetricTarget | None

    @property
    def is_own(self) -> bool:
        """Whether the target of today was set for exactly this place."""
        held = self.source
        if held is None:
            return False
        own_team, own_site = self.team and self.team.pk, self.site and not self.team and self.site.pk
        return (held.team_id, held.site_id) == (own_team or None, own_site or None)

    @property
    def words(self) -> str:
        return target_words(self.bounds, self.metric.unit)

    @property
    def planned_words(self) -> str:
        return target_words((self.planned.low, self.planned.high), self.metric.unit) if self.planned else ""

    @property
    def source_words(self) -> str:
        """Where today's target comes from."""
        if self.source is None:
            return "none set"
        if self.is_own:
            return "set here"
        return f"from site {self.source.site.name}" if self.source.site else "from the organisation"


def target_table(metric: MetricDefinition, targets: Iterable[MetricTarget], day: date) -> list[TargetRow]:
    """Organisation, sites and their teams with the target of ``day``: two queries for any number of them."""
    targets = sorted(targets, key=lambda target: target.starts_on)
    book = TargetBook(targets)
    coming: dict[tuple[int | None, int | None], MetricTarget] = {}
    for target in targets:
        if target.starts_on > day:
            coming.setdefault((target.site_id, target.team_id), target)

    def row(name: str, site: Site | None, team: Team | None) -> TargetRow:
        source = book.source(
            metric.pk, day, team_id=team.pk if team else None, site_id=site.pk if site else None
        )
        own = (None, team.pk) if team else (site.pk if site else None, None)
        bounds = (source.low, source.high) if source else (None, None)
        return TargetRow(metric, name, site, team, bounds, source, coming.get(own))

    found = [row("Organisation", None, None)]
    teams = list(Team.objects.open().order_by("name"))
    for site in Site.objects.order_by("name"):
        found.append(row(site.name, site, None))
        found += [row(team.name, site, team) for team in teams if team.site_id == site.pk]
    return found
