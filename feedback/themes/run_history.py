"""What each analysis changed."""

from collections.abc import Iterable, Mapping
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
class RunRow:
    run: ThemeRun
    changes: list[Change]
    more: int


def finished_runs() -> QuerySet[ThemeRun]:
    """All analyses but those under way, the newest first."""
    return ThemeRun.objects.filter(finished_at__isnull=False).select_related("job")


def rows_of(runs: Iterable[ThemeRun]) -> list[RunRow]:
    """These analyses with the themes that changed most in each, by the names they had when it ended."""
    names = {str(pk): name for pk, name in Theme.objects.values_list("pk", "name")}
    other_names = renamed()
    found = []
    for run in runs:
        then = {str(pk): name_at(held, run.finished_at) for pk, held in other_names.items()}
        changes = _changes(run, names | then)
        found.append(RunRow(run, changes[:LARGEST], max(0, len(changes) - LARGEST)))
    return found


def _changes(run: ThemeRun, names: Mapping[str, str]) -> list[Change]:
    changes = [
        Change(names[key], run.gained.get(key, 0), run.lost.get(key, 0))
        for key in {*run.gained, *run.lost}
        if key in names
    ]
    return sorted(changes, key=lambda change: (-(change.gained + change.lost), change.name))
