"""The calendar of changes as a drawing: bars by week, the load beneath, the overloaded weeks boxed."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, svg, text
from strategy.models import Change
from strategy.selectors import Calendar

ROW = 34
FIRST_ROW = 41
MOST_ROWS = 12
LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class _Frame:
    """Sizes of one width: where weeks begin, how bars sit under their names."""

    width: int
    left: int
    right: int
    is_narrow: bool

    @property
    def bar_offset(self) -> int:
        return 5 if self.is_narrow else -4

    @property
    def bar_height(self) -> int:
        return 11 if self.is_narrow else 14


FRAMES = {
    "plot plot-wide": _Frame(1000, 190, 1000, is_narrow=False),
    "plot plot-narrow": _Frame(330, 0, 330, is_narrow=True),
}


def calendar_figure(calendar: Calendar) -> SafeString:
    """The drawing in two widths, of which the style sheet shows the fitting one."""
    wide, narrow = (_calendar_svg(calendar, frame, css) for css, frame in FRAMES.items())
    return wide + narrow


def _calendar_svg(calendar: Calendar, frame: _Frame, css: str) -> SafeString:
    changes = calendar.changes[:MOST_ROWS]
    bottom = FIRST_ROW + ROW * len(changes) + 4
    x = Scale(calendar.start.toordinal(), calendar.end.toordinal(), frame.left, frame.right)
    body = _weeks(calendar, frame, x, bottom)
    for row, change in enumerate(changes):
        body += _bar(change, calendar, frame, x, FIRST_ROW + ROW * row)
    body += _load(calendar, frame, x, bottom)
    title = f"Calendar of changes, {calendar.start:%-d %B %Y} to {calendar.end:%-d %B %Y}"
    return svg(frame.width, bottom + 90, title, _description(calendar), body, css)


def _weeks(calendar: Calendar, frame: _Frame, x: Scale, bottom: int) -> list[str]:
    drawn = []
    peaks = {peak.start for peak in calendar.peaks}
    width = (frame.right - frame.left) / len(calendar.weeks)
    for position, week in enumerate(calendar.weeks):
        start = x(week.start.toordinal())
        if week.start in peaks:
            drawn.append(
                f'<rect class="over" x="{start}" y="22" width="{width:.1f}" height="{bottom + 62}" rx="4"/>'
            )
        drawn.append(f'<path class="grid" d="M{start} 22V{bottom + 84}"/>')
        if not frame.is_narrow or position % 2:
            css = "t-worse" if week.start in peaks else ""
            drawn.append(text(start + width / 2, 14, f"{week.start:%-d %b}", css, "middle"))
    return drawn


def _bar(change: Change, calendar: Calendar, frame: _Frame, x: Scale, y: int) -> list[str]:
    start = max(x(change.starts_on.toordinal()), float(frame.left))
    end = min(x(change.ends_on.toordinal() + 1), float(frame.right))
    name = change.title
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1].rstrip()}…"
    box = (
        f'x="{start + 2}" y="{y + frame.bar_offset}" width="{max(end - start - 4, 4):.1f}" '
        f'height="{frame.bar_height}" rx="3"'
    )
    drawn = [
        text(0, y - (5 if frame.is_narrow else 0), name, "t-strong t-halo" if frame.is_narrow else "t-strong")
    ]
    if not frame.is_narrow:
        drawn.append(text(0, y + 15, f"{change.get_origin_display()}, {change.get_status_display().lower()}"))
    return [*drawn, f'<rect class="{_bar_class(change)}" {box}/>']


def _bar_class(change: Change) -> str:
    if change.status in (Change.Status.PROPOSED, Change.Status.ASSESSED):
        return "gbar-o"
    return "gbar-a" if change.origin == Change.Origin.OURS else "gbar"


def _load(calendar: Calendar, frame: _Frame, x: Scale, bottom: int) -> list[str]:
    base, peaks = bottom + 84, {peak.start for peak in calendar.peaks}
    highest = max([calendar.limit * 1.25, *(week.hours for week in calendar.weeks)])
    height = Scale(0, highest, 0, 32)
    width = (frame.right - frame.left) / len(calendar.weeks)
    drawn = [text(0, bottom + 40 if not frame.is_narrow else bottom + 18, "Load, h a person", "t-strong")]
    for week in calendar.weeks:
        middle = x(week.start.toordinal()) + width / 2
        tall = height(week.hours)
        css = "t-worse" if week.start in peaks else ""
        drawn.append(text(round(middle, 1), bottom + 40, f"{week.hours:.1f}", css, "middle"))
        drawn.append(
            f'<rect class="bar" x="{middle - width * 0.3:.1f}" y="{base - tall:.1f}" '
            f'width="{width * 0.6:.1f}" height="{tall:.1f}" rx="1"/>'
        )
    limit = base - height(calendar.limit)
    drawn.append(f'<path class="target" d="M{frame.left} {limit:.1f}H{frame.right}"/>')
    drawn.append(f'<path class="axis" d="M{frame.left} {base}H{frame.right}"/>')
    return drawn


def _description(calendar: Calendar) -> str:
    many = len(calendar.changes)
    told = f"{many} change{'s' if many != 1 else ''} as bars by week."
    if not calendar.peaks:
        return f"{told} No week asks more than {calendar.limit:g} hours a person."
    peak = calendar.peaks[0]
    return (
        f"{told} {len(peak.changes)} meet in the week of {peak.start:%-d %B}, when the load is "
        f"{peak.hours:.1f} hours a person, above the limit of {calendar.limit:g}."
    )
