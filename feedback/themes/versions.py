"""Dated versions of themes: what each was called, and how it was described, on any day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from ccperf.people.models import User
from feedback.services import name_of
from feedback.themes.models import Theme, ThemeVersion

STARTED_WITH = "Started with"


def keep_first(theme: Theme) -> None:
    """Store how the theme stands if nothing of it was stored yet; to be called before the first change."""
    if not theme.versions.exists():
        _store(theme, STARTED_WITH, None, since=theme.created_at)


def keep_version(theme: Theme, reason: str, by: User | None) -> ThemeVersion:
    """Store how the theme stands from now on, and why it changed."""
    return _store(theme, reason, by, since=timezone.now())


def names_on(day: date) -> Mapping[int, str]:
    """What themes were called at the end of that day, where it was another name than today's."""
    rows = ThemeVersion.objects.order_by("theme_id", "number").values_list(
        "theme_id", "since", "name", "theme__name"
    )
    found = {}
    for theme, versions in groupby(rows, key=lambda row: row[0]):
        then, now = _on([(since, name, today) for _, since, name, today in versions], day)
        if then != now:
            found[theme] = then
    return found


def call_as_then(themes: Iterable[Theme], day: date | None) -> None:
    """Have these themes, which are not saved, called as on a day gone by; None is today."""
    then = names_on(day) if day else {}
    for theme in themes:
        theme.name = then.get(theme.pk, theme.name)


def renamed() -> dict[int, list[tuple[datetime, str]]]:
    """For each theme that had other names, when they began, in order; to look up many moments at once."""
    rows = ThemeVersion.objects.order_by("theme_id", "number").values_list("theme_id", "since", "name")
    found = {
        theme: [(since, name) for _, since, name in versions]
        for theme, versions in groupby(rows, key=lambda row: row[0])
    }
    return {theme: names for theme, names in found.items() if len({name for _, name in names}) > 1}


def name_in(names: list[tuple[datetime, str]], day: date) -> str:
    """The name that held at the end of a day; before the first version, the first."""
    held = [name for since, name in names if timezone.localdate(since) <= day]
    return held[-1] if held else names[0][1]


def name_at(names: list[tuple[datetime, str]], moment: datetime) -> str:
    """The name that held at a moment; before the first version, the first."""
    held = [name for since, name in names if since <= moment]
    return held[-1] if held else names[0][1]


# ---- inside


def _store(theme: Theme, reason: str, by: User | None, *, since) -> ThemeVersion:
    last = theme.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return ThemeVersion.objects.create(
        theme=theme,
        number=last + 1,
        since=since,
        reason=reason[:160],
        by_name=name_of(by) if by else "",
        name=theme.name,
        definition=theme.definition,
        phrases=theme.phrases,
        attribution=theme.attribution,
        parent_name=theme.parent.name if theme.parent else "",
        owner_name=theme.owner.name if theme.owner else "",
    )


def _on(versions: list[tuple], day: date) -> tuple[str, str]:
    return name_in([(since, name) for since, name, _ in versions], day), versions[0][2]
