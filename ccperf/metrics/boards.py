"""Whole pages of figures: the board of one subject, and the readings of many."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from statistics import quantiles
from typing import Any

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.charts import PeerBand, run_chart_svg
from ccperf.metrics import scopes
from ccperf.metrics.analysis_days import Day, DayCheck, check_days
from ccperf.metrics.markers import Happening, happenings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Place, Reading, day_kind, read
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import (
    FIRST_DAY,
    Freshness,
    Grain,
    SeriesByKey,
    Window,
    catalogue,
    day_history,
    freshness,
    series_of_agents,
    series_over,
    usual_end,
    whole_history,
    window,
)
from ccperf.people.models import Membership, Person, Site, Team, User
from ccperf.privacy.threshold import Grain as Privacy
from ccperf.privacy.threshold import is_large_enough, minimum

KEPT_SECONDS = 3600
MONTHS_SHOWN = 13
Series = dict[str, SeriesByKey]
SIGNALS_FIRST = {"worse": 0, "better": 1}


@dataclass(frozen=True, slots=True)
class Chart:
    """A reading as a page of charts shows it: what it says, and the chart with its words as HTML."""

    metric_id: int
    name: str
    by: Grain
    state: str
    words: str
    sentence: str
    has_peers: bool
    is_settled: bool
    """Whether it has limits to judge by."""
    anew: tuple[Happening, ...]
    """The documented changes from which its limits date."""
    has_trial: bool
    """Whether it has limits of too few points to judge by."""
    has_changed: bool
    """Whether a point is beyond normal variation on a measure without a better side."""
    figure: SafeString

    @property
    def is_signal(self) -> bool:
        return self.state in SIGNALS_FIRST


@dataclass(frozen=True)
class Board:
    """Everything a performance page shows of one subject: as charts, or as readings with all their periods.

    Both are kept, apart from each other, until a figure, a target or a mark changes: charts are what is
    mostly looked at, and of daily readings, with limits for every day, they are a small part.
    """

    place: Place
    window: Window
    fresh: Freshness
    happened: tuple[Happening, ...]

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Concerns first; those without a figure in the window are left out."""
        return self._kept("readings", lambda: self._worked_out)

    @cached_property
    def charts(self) -> tuple[Chart, ...]:
        """The same drawn."""
        return self._kept("charts", lambda: tuple(_drawn(one, self.window) for one in self._worked_out))

    def _kept(self, name: str, work_out: Callable[[], tuple]) -> Any:
        key = key_of(f"board:{name}", self.fresh, self.place, self.window, self.happened)
        found = cache.get(key)
        if found is None:
            found = work_out()
            cache.set(key, found, KEPT_SECONDS)
        return found

    @cached_property
    def _worked_out(self) -> tuple[Reading, ...]:
        """Once, where a page needs both."""
        scope, series = self.place.scope, series_with_peers(self.place, windows_of(self.window))
        found = readings_for([self.place], self.window, self.fresh, {scope: self.happened}, series=series)
        readings = with_peers(self.place, found[scope], series)
        return tuple(sorted(readings, key=_place_on_board))

    @property
    def marks(self) -> list[Happening]:
        """The marks on the charts, and the earlier ones from which limits of a measure date."""
        begun = {mark for chart in self.charts for mark in chart.anew}
        return [mark for mark in self.happened if mark.day >= self.window.start or mark in begun]

    @property
    def signals(self) -> list[Chart]:
        return [chart for chart in self.charts if chart.is_signal]

    @property
    def quiet(self) -> list[Chart]:
        """What is no better and no worse: noise, a change on a measure without a better side, too early."""
        return [chart for chart in self.charts if not chart.is_signal]

    @property
    def has_settled(self) -> bool:
        """Whether any measure has limits to judge by."""
        return any(chart.is_settled for chart in self.charts)

    @property
    def has_trial(self) -> bool:
        return any(chart.has_trial for chart in self.charts)

    @property
    def has_changed(self) -> bool:
        return any(chart.has_changed for chart in self.charts)

    @property
    def quiet_words(self) -> str:
        """What the quiet readings are, for the line that opens them."""
        count = Counter(chart.state for chart in self.quiet)
        words = (
            ("changed", "changed, for better or worse"),
            ("noise", "within normal variation"),
            ("early", "too early to judge"),
        )
        return "; ".join(f"{count[state]} {text}" for state, text in words if count[state])

    @property
    def peer_words(self) -> str:
        """What stands behind a person's charts, or why there is nothing."""
        if any(chart.has_peers for chart in self.charts):
            return (
                "The tinted band is the middle half of the others in the team, in periods with cases enough "
                f"of {minimum(Privacy.DISTRIBUTION)} or more of them. Nobody is named or placed."
            )
        return (
            f"No band of the team is shown: it takes {minimum(Privacy.DISTRIBUTION)} others with cases "
            "enough in a period."
        )

    @property
    def heading(self) -> str:
        """What the board says, before any figure."""
        worse = sum(chart.state == "worse" for chart in self.charts)
        better = sum(chart.state == "better" for chart in self.charts)
        judged = sum(chart.state != "early" for chart in self.charts)
        if not judged:
            return "Too few periods to tell a signal from noise"
        parts = []
        if worse:
            parts.append(f"{_number(worse)} {'measures need' if worse > 1 else 'measure needs'} a look")
        if better:
            parts.append(f"{_number(better)} improved beyond noise")
        changed = sum(chart.state == "changed" for chart in self.charts)
        if changed and not parts:
            parts.append(f"{_number(changed)} {'measures' if changed > 1 else 'measure'} changed; ask why")
        text = ", ".join(parts) or "Nothing beyond normal variation"
        return text[0].upper() + text[1:]


@lru_cache(maxsize=4096)
def _address(team: Team) -> str:
    """Put together once: a manager's pages name hundreds of teams."""
    return team.get_absolute_url()


def place_of_team(team: Team) -> Place:
    return Place(Scope.team(team.pk), team.name, _address(team), team.pk, team.site_id)


def place_of_person(person: Person, team: Team | None) -> Place:
    return Place(
        Scope.agent(person.pk),
        person.name,
        person.get_absolute_url(),
        team.pk if team else None,
        team.site_id if team else None,
    )


def place_of_site(site: Site) -> Place:
    return Place(Scope.site(site.pk), site.name, site.get_absolute_url(), None, site.pk)


def place_of_organisation() -> Place:
    return Place(Scope.organisation(), "Organisation", reverse("metrics:organisation"))


def board(
    user: User,
    place: Place,
    by: Grain = "week",
    count: int | None = None,
    *,
    end: date | None = None,
    fresh: Freshness | None = None,
) -> Board:
    """The board of one subject over complete periods.

    Four queries the first time, one when kept, and one for each room that brings marks.
    """
    fresh = fresh or freshness()
    span = window(by, count, before=end or usual_end(fresh))
    happened = happenings(user, [place.scope], FIRST_DAY, span.end)[place.scope]
    marks = tuple(mark for mark in happened if mark.day >= span.start or mark.expected_on)
    return Board(place, span, fresh, marks)


def _place_on_board(reading: Reading) -> tuple[int, bool]:
    """Concerns first; those without enough cases for a chart last, so that charts stand side by side."""
    return SIGNALS_FIRST.get(reading.state, len(SIGNALS_FIRST)), reading.latest is None


def single_reading(
    user: User, place: Place, metric: MetricDefinition, span: Window, fresh: Freshness
) -> Reading | None:
    """One measure of one subject as its board reads it; None without figures. Two queries and the marks."""
    marks = happenings(user, [place.scope], FIRST_DAY, span.end)
    return next(iter(readings_for([place], span, fresh, marks, only=metric)[place.scope]), None)


def _drawn(reading: Reading, span: Window) -> Chart:
    """A small multiple: name, state, chart, what it says, and the way to its rows."""
    context = {
        "reading": reading,
        "svg": run_chart_svg(reading.chart),
        "is_other_grain": reading.by != span.by,
    }
    return Chart(
        reading.metric.pk,
        reading.metric.name,
        reading.by,
        reading.state,
        reading.words,
        reading.sentence,
        bool(reading.chart.peers),
        bool(reading.limits),
        reading.anew,
        any(limits.is_trial for limits in reading.chart.limits),
        any(point.state == "changed" for point in reading.chart.points),
        render_to_string("metrics/_chart.html", context),
    )


def series_with_peers(place: Place, windows: Sequence[Window]) -> Series:
    """The whole series of a subject; of a person together with the windows of all in the team then."""
    if place.scope.kind != scopes.AGENT or place.team_id is None:
        return series_over([place.scope], [whole_history(span) for span in windows])
    members = Membership.objects.on(windows[0].last_day).filter(team_id=place.team_id).values("person_id")
    return series_of_agents(members, windows, place.scope.id)


def with_peers(place: Place, readings: Sequence[Reading], series: Series) -> list[Reading]:
    """The readings of a person with the middle half of the others of the team behind them.

    A period has a band only where as many others as a distribution needs have enough cases; the person is
    not one of them, and nobody is named or placed.
    """
    if place.scope.kind != scopes.AGENT:
        return list(readings)
    return [
        replace(one, chart=replace(one.chart, peers=_bands(one.metric, series[one.by], place.scope)))
        for one in readings
    ]


def _bands(metric: MetricDefinition, series: SeriesByKey, own: Scope) -> tuple[PeerBand, ...]:
    values: dict[date, list[float]] = defaultdict(list)
    for (scope, metric_id), points in series.items():
        if scope == own or metric_id != metric.pk:
            continue
        for point in points:
            if point.value is not None and point.n >= metric.minimum_n:
                values[point.start].append(point.value)
    bands = []
    for start, found in sorted(values.items()):
        if is_large_enough(len(found), Privacy.DISTRIBUTION):
            low, _, high = quantiles(found, n=4, method="inclusive")
            bands.append(PeerBand(start, low, high))
    return tuple(bands)


def windows_of(span: Window) -> list[Window]:
    """The window, and for weeks the months that replace thin ones."""
    return [span, window("month", MONTHS_SHOWN, before=span.end)] if span.by == "week" else [span]


def readings_for(
    places: Sequence[Place],
    span: Window,
    fresh: Freshness,
    marks: Mapping[Scope, Sequence[Happening]] | None = None,
    only: MetricDefinition | None = None,
    series: Series | None = None,
) -> dict[Scope, list[Reading]]:
    """Readings of many subjects with one query per kind of subject; measures without figures in the window
    are left out.

    ``marks`` reach back to the first day. ``series`` are those of ``windows_of(span)`` with all that came
    before, if the caller has them already. Where most of the usual weeks have too few cases, the measure is
    read by month instead.
    """
    known = catalogue(fresh)
    metrics = (known.known(only).definition_on(span.last_day),) if only else known.on(span.last_day)
    windows = windows_of(span)
    monthly = next((one for one in windows if one.by == "month" and one is not span), None)
    if series is None:
        metric_ids = [only.pk] if only else None
        history = [whole_history(one) for one in windows]
        series = series_over([place.scope for place in places], history, metric_ids=metric_ids)
    usual = {by: window(by, before=span.end).start for by in ("week", "month")}
    found: dict[Scope, list[Reading]] = {}
    for place in places:
        own = (marks or {}).get(place.scope, ())
        rows = []
        for metric in metrics:
            if not metric.reads_at(place.scope.kind):
                continue
            points, chosen = series[span.by].get((place.scope, metric.pk), []), span
            if monthly:
                months = series["month"].get((place.scope, metric.pk), [])
                if _too_thin(
                    [point for point in points if point.start >= usual["week"]],
                    [point for point in months if point.start >= usual["month"]],
                    metric.minimum_n,
                ):
                    points, chosen = months, monthly
            if points and points[-1].start >= chosen.start:
                rows.append(read(metric, place, points, chosen, known.targets, own))
        found[place.scope] = rows
    return found


def _too_thin(weeks: Sequence[Any], months: Sequence[Any], minimum_n: int) -> bool:
    """Whether weeks mostly fall below the minimum n while months do not."""
    enough = sum(point.n >= minimum_n for point in weeks)
    return 2 * enough < len(weeks) and any(point.n >= minimum_n for point in months)


def check_of_days(metric: MetricDefinition, scope: Scope) -> DayCheck | None:
    """What plain, widened and weekday limits would say of all days that have enough cases; one query.

    None for measures that are neither shares nor rates, and below twenty days.
    """
    history = day_history(metric, scope)
    days = [
        Day(point.start, point.numerator, point.denominator)
        for point in history
        if point.denominator and point.n >= metric.minimum_n
    ]
    return check_days(days, day_kind(metric, days))


Resets = tuple[tuple[Scope, tuple[Happening, ...]], ...]
"""The marks at which limits start anew, by subject; hashable, for what a process keeps."""


def resets_of(marks: Mapping[Scope, Sequence[Happening]]) -> Resets:
    """Those of ``marks`` at which limits of some measure start anew."""
    found = [(scope, tuple(mark for mark in told if mark.expected_on)) for scope, told in marks.items()]
    return tuple((scope, told) for scope, told in found if told)


def team_readings(
    places: Sequence[Place], fresh: Freshness | None = None, resets: Resets = ()
) -> dict[Scope, list[Reading]]:
    """Readings over the usual 26 weeks, kept until a figure, a target or one of ``resets`` changes."""
    if not places:
        return {}
    fresh = fresh or freshness()
    span = window("week", before=usual_end(fresh))
    if not fresh.refreshed_at:
        return readings_for(places, span, fresh, dict(resets))
    return kept_readings(tuple(places), span, fresh, resets)


@lru_cache(maxsize=16)
def kept_readings(
    places: tuple[Place, ...], span: Window, fresh: Freshness, resets: Resets
) -> dict[Scope, list[Reading]]:
    """Readings of one state of the sums, held by the process.

    Working them out takes a process hardly longer than reading them from a store that all share, and whoever
    comes first need not wait until they are stored.
    """
    return readings_for(places, span, fresh, dict(resets))


def key_of(name: str, fresh: Freshness, *parts: object) -> str:
    """A cache key that changes with every change of sums or targets."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    return f"metrics:{name}:{fresh.version}:{digest}"


def _number(count: int) -> str:
    names = ("No", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[count] if count < len(names) else str(count)
