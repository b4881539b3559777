"""What each analysis changed, and what had changed since the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from feedback.themes.models import Theme, ThemeRun
from feedback.themes.versions import name_at, renamed

LARGEST = 5


@dataclass(frozen=True)
class Change:
    """Comments that a theme gained and lost in one analysis."""

    name: str
    gained: int
    lost: int


@dataclass(frozen=True)
class Growth:
    """How many comments more, or fewer, carry a theme than after the analysis before."""

    name: str
    more: int


@dataclass(frozen=True)
class RunRow:
    """``since`` has what was read and said between two analyses, too, which the second no longer changes."""

    run: ThemeRun
    changes: list[Change]
    more: int
    since: list[Growth]


def finished_runs() -> QuerySet[ThemeRun]:
    """All analyses but those under way, the newest first."""
    return ThemeRun.objects.filter(finished_at__isnull=False).select_related("job")


def rows_of(runs: Sequence[ThemeRun]) -> list[RunRow]:
    """These analyses, newest first, with the themes that changed most in each, by the names they had when it
    ended.
    """
    names = {str(pk): name for pk, name in Theme.objects.values_list("pk", "name")}
    other_names = renamed()
    found = []
    for run, before in zip(runs, [*runs[1:], _before(runs)], strict=False):
        then = names | {str(pk): name_at(held, run.finished_at) for pk, held in other_names.items()}
        changes = _changes(run, then)
        more = max(0, len(changes) - LARGEST)
        found.append(RunRow(run, changes[:LARGEST], more, _growth(run, before, then)[:LARGEST]))
    return found


def _before(runs: Sequence[ThemeRun]) -> ThemeRun | None:
    return finished_runs().filter(pk__lt=runs[-1].pk).first() if runs else None


def _growth(run: ThemeRun, before: ThemeRun | None, names: Mapping[str, str]) -> list[Growth]:
    if before is None:
        return []
    sizes = {key: run.sizes.get(key, 0) - before.sizes.get(key, 0) for key in {*run.sizes, *before.sizes}}
    grown = [Growth(names[key], more) for key, more in sizes.items() if more and key in names]
    return sorted(grown, key=lambda one: (-abs(one.more), one.name))


def _changes(run: ThemeRun, names: Mapping[str, str]) -> list[Change]:
    changes = [
        Change(names[key], run.gained.get(key, 0), run.lost.get(key, 0))
        for key in {*run.gained, *run.lost}
        if key in names
    ]
    return sorted(changes, key=lambda change: (-(change.gained + change.lost), change.name))
