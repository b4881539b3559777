"""A measured figure, and the table of all of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measurement. ``limit`` is the largest (or smallest, if ``at_least``) value that is good.

    With ``ratio_to`` the limit is one of ``ratio``: both sides were measured in this run, on this machine.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    ratio_to: str | None = None
    limit: float | None = None
    at_least: bool = False

    @property
    def good(self) -> bool:
        if self.limit is None:
            return True
        measured = self.value if self.ratio_to is None or self.ratio is None else self.ratio
        return measured >= self.limit if self.at_least else measured <= self.limit

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "good": self.good}


def rounded(value: float) -> float:
    """Three figures that mean something."""
    return float(f"{value:.3g}")


class Stopwatch:
    """Seconds of a block, on the wall and on the processor."""

    wall = 0.0
    cpu = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.wall, watch.cpu = time.perf_counter() - wall, time.process_time() - cpu


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def in_turn(actions: Sequence[Callable[[], object]], times: int) -> list[list[float]]:
    """Processor seconds of each action, run one after the other ``times`` times after a first round.

    Other work on the machine does not count.
    """
    taken: list[list[float]] = [[] for _ in actions]
    for turn in range(times + 1):
        for action, found in zip(actions, taken, strict=True):
            with timed() as watch:
                action()
            if turn:
                found.append(watch.cpu)
    return taken


def table(figures: list[Figure]) -> str:
    """The figures as lines of text."""
    lines = [f"{'what':<46}{'value':>12} {'unit':<16}{'ratio':>8}  {'to':<40}{'limit':>8}"]
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        limit = "" if figure.limit is None else f"{'>=' if figure.at_least else '<='}{figure.limit:g}"
        measured = f"{figure.name:<46}{figure.value:>12,.4g} {figure.unit:<16}"
        compared = f"{ratio:>8}  {figure.ratio_to or '':<40}{limit:>8}"
        lines.append(f"{measured}{compared}{'' if figure.good else '  MISSED'}")
    return "\n".join(lines)
