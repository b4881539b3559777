"""The charts of the retention page, built from guarded figures."""

from datetime import date
from functools import lru_cache

from django.utils.safestring import SafeString

from ccperf.core.charts import BandPoint, SurvivalCurve, band_chart_svg, survival_figure
from retention.analysis_survival import Survival
from retention.intakes import SurvivalPanel
from retention.pages import PatternsPage, at_day

AXIS_DAYS = (0, 90, 180, 270, 365)
LAST_DAY = AXIS_DAYS[-1]


def survival_chart(panel: SurvivalPanel) -> SafeString:
    """The intake against the others over its first year, each curve ending where its last person was seen."""
    if not (panel.chosen and panel.others and panel.intake):
        return SafeString()
    return _survival_figure(panel.chosen, panel.others, panel.intake)


@lru_cache(maxsize=16)
def _survival_figure(chosen: Survival, others: Survival, intake: date) -> SafeString:
    """Kept, since it counts everybody who ever started."""
    name = f"{intake:%B %Y}"
    return survival_figure(
        (_curve(f"{intake:%b %Y}", chosen, emphasis=True), _curve("Others", others, emphasis=False)),
        title="Share of starters still here, by days since start",
        description=f"After 90 days: {name} intake {at_day(chosen, 90)}, other intakes {at_day(others, 90)}.",
    )


def _curve(label: str, curve: Survival, *, emphasis: bool) -> SurvivalCurve:
    last = min(LAST_DAY, curve.followed_until)
    steps = [(s.day, s.survival, s.lower, s.upper) for s in curve.steps if s.day <= last]
    end = curve.at(last)
    if not steps or steps[-1][0] < last:
        steps.append((last, end.survival, end.lower, end.upper) if end else (last, 1.0, 1.0, 1.0))
    return SurvivalCurve(
        label=label,
        steps=tuple(steps),
        at_risk=tuple((day, curve.at_risk(day)) for day in AXIS_DAYS if day <= last),
        n=curve.n,
        emphasis=emphasis,
    )


def turnover_chart(page: PatternsPage) -> SafeString:
    """Rolling turnover with its band, one point a month, in the two widths of which one shows."""
    turnover = page.figures.turnover
    points = tuple(
        BandPoint(page.month_of(point), point.rate.value, *(point.rate.interval or (None, None)))
        for point in (turnover.rolling if turnover else ())
    )
    words = {
        "title": "Twelve-month turnover",
        "description": page.turnover_sentence,
        "unit": "percent",
    }
    return band_chart_svg(points, **words, width=470, css="plot plot-wide") + band_chart_svg(
        points, **words, width=320, css="plot plot-narrow"
    )
