"""What a run chart says in words: what makes its newest point a signal, since when its limits hold, and what
stands behind it.
"""

from collections.abc import Sequence
from datetime import date

from ccperf.core.charts import ChartPoint, Limits
from ccperf.core.dates import full_day_words
from ccperf.core.numbers import NBSP, format_count, format_value
from ccperf.metrics.analysis import LOCKED_POINTS, PREFERRED_POINTS, Rule, Run
from ccperf.metrics.analysis_days import BASELINE_DAYS
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.selectors import Bounds, SeriesPoint, Window

COUNT_WORDS = {
    2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine", 10: "Ten",
    11: "Eleven", 12: "Twelve",
}  # fmt: skip


def means_of(run: Run) -> list[float | None]:
    """The mean that holds at every point; empty for a run without limits."""
    return [
        stretch.limits.mean if stretch.limits else None
        for stretch in run.stretches
        for _ in range(stretch.start, stretch.end)
    ]


def description_words(
    metric: MetricDefinition,
    window: Window,
    points: Sequence[ChartPoint],
    limits: Sequence[Limits],
) -> str:
    last = next((point for point in reversed(points) if point.value is not None), None)
    words = [f"By {window.by}, {full_day_words(window.start)} to {full_day_words(window.last_day)}."]
    if last:
        words.append(f"Latest {format_value(last.value, metric.unit, last.n)}.")
    if limits:
        newest = limits[-1]
        mean, limit = ("Trial mean", "trial limits") if newest.is_trial else ("Mean", "limits")
        words.append(
            f"{mean} {format_value(newest.mean, metric.unit)}, {limit} "
            f"{format_value(newest.lower, metric.unit)} to {format_value(newest.upper, metric.unit)}."
        )
    if any(not one.is_trial for one in limits):
        signals = sum(point.state != "normal" for point in points)
        count = f"{signals} point{'s' if signals > 1 else ''}" if signals else "No point"
        words.append(f"{count} beyond normal variation.")
    return " ".join(words)


def sentence_words(
    metric: MetricDefinition, run: Run, shown: Sequence[float | None], latest: SeriesPoint, by: str
) -> str:
    """What makes the newest point a signal."""
    newest = max(index for index, value in enumerate(shown) if value is not None)
    signal, limits = run.signals[newest], run.limits
    if signal is None or limits is None:
        return ""
    value = format_value(latest.value, metric.unit, latest.n)
    side = "above" if signal.is_high else "below"
    if signal.rule == Rule.OUTSIDE:
        low, high = (
            format_value(end, metric.unit, latest.n) for end in (limits.shown_lower, limits.shown_upper)
        )
        when = f"on {latest.start:%A} {full_day_words(latest.start)}"
        when = {"day": when, "month": f"in {latest.start:%B} {latest.start:%Y}"}.get(
            by, f"in the week of {full_day_words(latest.start)}"
        )
        just = (
            "just " if value == (high if signal.is_high else low) else ""
        )  # they differ only when not rounded
        return f"{value} {when}, {just}{side} the usual {low} to {high}."
    if signal.rule == Rule.TWO_OF_THREE:
        end = "upper" if signal.is_high else "lower"
        return f"Two of the last three {by}s lie near the {end} limit; the latest is {value}."
    length = _run_length(run, shown, newest)
    count = COUNT_WORDS.get(length, str(length))
    if signal.rule == Rule.TREND:
        way = "rising" if signal.is_high else "falling"
        usual = " against what is usual on their weekday" if by == "day" else ""
        return f"{count} {by}s {way} without a break{usual}; the latest is {value}."
    if by == "day":
        return f"{count} days in a row {side} what is usual on their weekday; the latest is {value}."
    mean = format_value(limits.mean, metric.unit, latest.n)
    if value == mean:  # they differ only when not rounded
        return f"{count} {by}s in a row {side} the mean of {mean}, the latest just {side} it."
    return f"{count} {by}s in a row {side} the mean of {mean}; the latest is {value}."


def _run_length(run: Run, shown: Sequence[float | None], newest: int) -> int:
    """How many points of a shift or trend reach up to the newest one; periods without value pass.

    Every point that belongs counts, also one that a stronger rule marks or that is common cause by itself. It
    is looked at from the mean and in the spread of its own limits, so that a weekday does not break a run.
    """
    signal = run.signals[newest]
    assert signal is not None
    limits = [stretch.limits for stretch in run.stretches for _ in range(stretch.start, stretch.end)]
    way = 1 if signal.is_high else -1
    length, later = 0, None
    for index in range(newest, (run.since if newest >= run.since else 0) - 1, -1):
        value, own = shown[index], limits[index]
        if value is None or own is None:
            continue
        score = way * (value - own.mean) / (own.mean_range or 1.0)
        is_in_run = later is None or score < later if signal.rule == Rule.TREND else score > 0
        if not is_in_run:
            break
        length, later = length + 1, score
    return length


def early_words(shown: Sequence[float | None], known: Sequence[float | None], by: str) -> str:
    """Why nothing is judged: nothing is ``shown``, or too little is ``known`` since limits could begin."""
    if all(value is None for value in shown):
        return "Not enough data"
    count = sum(value is not None for value in known)
    if by == "day":
        return f"Too early to judge: {count} days, and the rhythm of the week needs four weeks"
    return f"Too early to judge: {count} of {LOCKED_POINTS} {by}s"


def foot_words(
    metric: MetricDefinition,
    window: Window,
    known: dict[date, SeriesPoint],
    shown: Sequence[float | None],
) -> str:
    """How much stands behind the newest value shown."""
    by = window.by
    inside = [known[start] for start in window.starts if start in known]
    values = zip(window.starts, shown, strict=True)
    newest = max((start for start, value in values if value is not None), default=None)
    if newest is None:
        best = max((point.n for point in inside), default=0)
        return (
            f"Not enough data: at most n{NBSP}={NBSP}{format_count(best)} of {metric.minimum_n} "
            f"{metric.n_label} in a {by}."
        )
    words = [f"n{NBSP}={NBSP}{format_count(known[newest].n)} {metric.n_label} in the last {by} shown."]
    thin = sum(0 < point.n < metric.minimum_n for point in inside)
    if thin:
        words.append(f"{thin} {by}{'s' if thin > 1 else ''} with n below {metric.minimum_n} not shown.")
    return " ".join(words)


def limits_words(run: Run, starts: Sequence[date], shown: Sequence[float | None], by: str) -> str:
    """Since when the newest limits hold, and from how many points."""
    limits = run.limits
    if limits is None:
        return ""
    if limits.trial:
        return f"Trial limits from {limits.points} {by}s, a first guide that judges nothing."
    known = [start for start, value in zip(starts, shown, strict=True) if value is not None]
    behind = [start for start in known if start >= starts[run.since]]
    when = full_day_words(starts[run.since] if run.since else behind[0])
    begun = f"Limits reset {'on' if by == 'day' else f'in the {by} of'} {when}" if run.since else ""
    begun = begun or f"Limits since {when}"
    wanted = BASELINE_DAYS if by == "day" else PREFERRED_POINTS
    is_settled = len(behind) > wanted
    how = f"set by the first {limits.points} {by}s" if is_settled else f"from {limits.points} {by}s so far"
    words = [f"{begun}, {how}."]
    if by == "day":
        words.append(f"Those of each day: {run.method}.")
    if limits.screened:
        words.append("Wild moves between neighbours do not widen them.")
    return " ".join(words)


def target_words(target: Bounds, unit: str) -> str:
    """The target as people say it."""
    low, high = target
    if low is not None and high is not None:
        return f"{format_value(low, unit)} to {format_value(high, unit)}"
    if low is not None:
        return f"at least {format_value(low, unit)}"
    return f"at most {format_value(high, unit)}" if high is not None else "None set"


def unit_words(metric: MetricDefinition) -> str:
    """Under the name of a measure: what is divided by what, shortly."""
    better = {"higher": ", higher is better", "lower": ", lower is better"}.get(metric.direction, "")
    names = {
        "percent": f"% of {metric.denominator_label}",
        "seconds": f"seconds{better}",
        "per_thousand": f"per 1,000{better}",
        "points": f"points{better}",
        "score": f"score{better}",
        "currency": "£",
    }
    return names.get(metric.unit, metric.unit)
