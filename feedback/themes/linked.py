"""How the measures that themes are linked to moved, in the teams whose figures a user may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ccperf.core.numbers import format_change
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import SeriesPoint, series_for
from ccperf.people.models import User
from feedback.themes.analysis_opportunities import Shift, ratio_shift
from feedback.themes.models import Theme
from feedback.themes.selectors import Window


@dataclass(frozen=True)
class MetricShift:
    """A measure in the period against the period before."""

    metric: MetricDefinition
    shift: Shift

    @property
    def is_worse(self) -> bool:
        """Beyond chance, and away from the better side; a measure without one is never worse."""
        wrong = {"higher": self.shift.high < 0, "lower": self.shift.low > 0}
        return wrong.get(self.metric.direction, False)

    @property
    def words(self) -> str:
        if not self.shift.is_certain:
            return ""
        return (
            f"{self.metric.short_name} {format_change(self.shift.points, self.metric.unit)} against before."
        )


def metric_shifts(user: User, themes: Iterable[Theme], window: Window) -> Mapping[int, MetricShift]:
    """By theme; two queries, and none when no theme is linked."""
    linked = {theme.pk: theme.metric_id for theme in themes if theme.metric_id}
    teams = user.access.scope_team_ids
    if not linked or not teams:
        return {}
    metrics = MetricDefinition.objects.active().in_bulk(set(linked.values()))
    series = series_for(
        [Scope("team", team) for team in teams],
        by="week",
        start=window.before,
        end=window.end,
        metric_ids=set(metrics),
    )
    points: dict[int, list[SeriesPoint]] = {}
    for (_, metric), own in series.items():
        points.setdefault(metric, []).extend(own)
    found = {}
    for theme, metric in linked.items():
        shift = _shift(points.get(metric, []), window)
        if shift:
            found[theme] = MetricShift(metrics[metric], shift)
    return found


def _shift(points: Iterable[SeriesPoint], window: Window) -> Shift | None:
    now, before = [], []
    for point in points:
        if point.denominator:
            (now if point.start >= window.start else before).append((point.numerator, point.denominator))
    return ratio_shift(now, before)
