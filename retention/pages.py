"""What the retention page says in sentences, from figures that are already guarded."""

from dataclasses import dataclass
from datetime import date, timedelta

from ccperf.core.dates import full_day_words
from ccperf.core.numbers import format_share
from ccperf.metrics.analysis import Xmr
from ccperf.privacy.threshold import Hidden
from retention.analysis_survival import Survival
from retention.analysis_turnover import RollingPoint, Share, TenureHazard, years_before
from retention.intakes import READ_DAYS, SurvivalPanel
from retention.patterns import Patterns, Turnover
from retention.wording import counted, month_name, p_value

BAND_NAMES = {
    0: "First 30 days",
    30: "Day 31 to 90",
    90: "Day 91 to 180",
    180: "Day 181 to 365",
    365: "Second year",
    730: "After two years",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the table behind the curves: still here after so many days."""

    day: int
    chosen: str
    others: str


@dataclass(frozen=True, slots=True)
class PatternsPage:
    """The figures with the sentences that open each panel."""

    figures: Patterns
    scope: str

    @property
    def period(self) -> str:
        return self.figures.filters.year.label

    @property
    def last_day(self) -> date:
        return self.figures.filters.year.end - timedelta(days=1)

    @property
    def survival_title(self) -> str:
        panel = self.figures.survival
        if panel is None or panel.intake is None:
            return "How long intakes stay"
        name = month_name(panel.intake)
        return {
            "worse": f"The {name} intake left early",
            "better": f"The {name} intake stayed longer",
            "noise": "No intake stands out",
        }[panel.state]

    @property
    def survival_state(self) -> tuple[str, str]:
        state = self.figures.survival.state if self.figures.survival else "noise"
        words = {"worse": "Concern", "better": "Better than the others", "noise": "No detectable difference"}
        return state, words[state]

    @property
    def survival_sentence(self) -> str:
        panel = self.figures.survival
        if panel is None or not panel.chosen or not panel.others or panel.test is None or not panel.intake:
            return ""
        name = f"{panel.intake:%B}"
        after = _read_day(panel)
        many = counted(panel.tried, "intake")
        tried = f" Log-rank {p_value(panel.adjusted_p or 0)}, corrected for {many} tested."
        known = f" People still employed count until {full_day_words(self.last_day)}."
        figures = (
            f"After {after} days: {name} {at_day(panel.chosen, after)}, others {at_day(panel.others, after)}."
        )
        if panel.recorded_from:
            known += f" Who started before {full_day_words(panel.recorded_from)} is followed from then on."
        return figures + known + tried

    @property
    def survival_readings(self) -> list[Reading]:
        panel = self.figures.survival
        if panel is None or panel.others is None:
            return []
        return [
            Reading(day, at_day(panel.chosen, day) if panel.chosen else "", at_day(panel.others, day))
            for day in READ_DAYS
        ]

    def month_of(self, point: RollingPoint) -> date:
        """The first day of the last month of a rolling year."""
        return (point.ends_before - timedelta(days=1)).replace(day=1)

    @property
    def turnover_state(self) -> tuple[str, str]:
        change = self.figures.turnover.change if self.figures.turnover else None
        if change is None:
            return "early", "Not enough data to compare"
        if not change.is_clear:
            return "noise", "No detectable change"
        return ("worse", "Concern, rising") if change.ratio > 1 else ("better", "Improvement, falling")

    @property
    def turnover_sentence(self) -> str:
        turnover = self.figures.turnover
        if turnover is None or len(turnover.rolling) < 2:
            return ""
        first, last = turnover.rolling[0].rate.value, turnover.rolling[-1].rate.value
        change = turnover.change
        told = f"From {format_share(first)} to {format_share(last)}"
        if change is None:
            since = turnover.recorded_from
            if since > years_before(self.figures.filters.year.start, 1):
                recorded = f"Leavers are recorded since {full_day_words(since)}"
                short = f"{recorded}, so early points rest on fewer months"
                return f"{told}. {short}, and there is no year before to compare with."
            return f"{told}. Too few leavers to compare with the year before."
        if change.is_clear:
            times = f"{change.ratio:.2f} times the year before, {change.lower:.2f} to {change.upper:.2f}"
            return f"{told} in a year: {times}. Months share data, so they move slowly."
        return f"{told} in a year, which chance alone can give. Months share data, so they move slowly."

    @property
    def monthly_sentence(self) -> str:
        turnover = self.figures.turnover
        if turnover is None or not turnover.monthly:
            return ""
        limits = turnover.limits
        return _monthly(turnover, limits) if limits else "Too few months for control limits."

    @property
    def reasons_title(self) -> str:
        voices = [column.voice for column in self.figures.reasons.columns]
        if any(voice.occasion == "later" for voice in voices) and len(voices) > 1:
            return "Reasons, then and later"
        return "Reasons, said and coded" if len(voices) > 1 else "Reasons for leaving"

    @property
    def reasons_caption(self) -> str:
        asked = [f"{column.n} {_inside(column.voice.label)}" for column in self.figures.reasons.columns]
        return f"Share of leavers naming it: {', '.join(asked)}"

    @property
    def reasons_sentence(self) -> str:
        """What moved most between the first and the last time people were asked, when both are known."""
        table = self.figures.reasons
        if len(table.columns) < 2:
            return ""
        moves = [
            ((last.value or 0.0) - (first.value or 0.0), row.name)
            for row in table.rows
            if (first := _share(row.shares[0])) and (last := _share(row.shares[-1]))
        ]
        if not moves:
            return ""
        (down, less), (up, more) = min(moves), max(moves)
        if up - down < 0.1:
            return "Both columns tell much the same."
        return (
            f"{less} is named less in the last column than in the first ({_points(down)}), "
            f"{more[0].lower()}{more[1:]} more ({_points(up)})."
        )


def patterns_page_of(figures: Patterns, site_names: dict[int, str]) -> PatternsPage:
    site_id = figures.filters.site_id
    everywhere = "All sites" if len(site_names) != 1 else next(iter(site_names.values()))
    return PatternsPage(figures, site_names[site_id] if site_id else everywhere)


def at_day(curve: Survival, day: int) -> str:
    """65% (49 to 81), or why there is no figure."""
    if day > curve.followed_until:
        return "too early"
    step = curve.at(day)
    if step is None:
        return "100%"
    return f"{format_share(step.survival)} ({step.lower * 100:.0f} to {step.upper * 100:.0f})"


def band_name(band: TenureHazard) -> str:
    return BAND_NAMES[band.from_day]


def _read_day(panel: SurvivalPanel) -> int:
    """The latest of the reading days up to 90 that the intake has reached."""
    reached = [day for day in (30, 90) if panel.chosen and day <= panel.chosen.followed_until]
    return max(reached, default=30)


def _monthly(turnover: Turnover, limits: Xmr) -> str:
    outside = [
        month for month, count in turnover.monthly if not limits.shown_lower <= count <= limits.shown_upper
    ]
    span = f"{limits.shown_lower:.0f} to {limits.shown_upper:.0f} leavers a month"
    if not outside:
        return f"Monthly counts stay inside their control limits, {span}."
    months = ", ".join(month_name(month) for month in outside[-3:])
    return f"Outside the control limits of {span}: {months}."


def _share(share: Share | Hidden) -> Share | None:
    return share if isinstance(share, Share) and share.value is not None else None


def _points(value: float) -> str:
    sign = "+" if value >= 0 else "\u2212"
    return f"{sign}{abs(value) * 100:.0f} points"


def _inside(label: str) -> str:
    """A column head inside a sentence."""
    return label[:1].lower() + label[1:]
