"""What a web process loads before it takes its first visitor, who would wait for it otherwise."""

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Thread

from django.db import connections
from django.template import engines
from django.template.loader import get_template
from django.urls import reverse

from ccperf.core.collecting import collect_seldom
from ccperf.core.icons import symbols
from feedback.item_columns import read_ahead as read_feedback
from feedback.themes.columns import read_ahead as read_themes

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 5
HEAVY = ("scipy.special",)
"""Modules that are imported where they are needed, so that commands start without them."""


def warm_up() -> None:
    """Load what the first visits need and return; after a few seconds at the latest, while the rest goes on.

    A database that does not answer, or a machine that has too much to do, must not keep the process from
    saying that it is alive.
    """
    warming = Thread(target=_load_all, name="warm-up", daemon=True)
    warming.start()
    warming.join(LONGEST_SECONDS)
    collect_seldom()


def _load_all() -> None:
    """What one visit would wait for longest comes first. What cannot be loaded is said in the log and left to
    the first visit.
    """
    parts: tuple[Callable[[], object], ...] = (
        _addresses, read_feedback, read_themes, _heavy_modules, _templates, symbols,
    )  # fmt: skip
    for part in parts:
        try:
            part()
        except Exception as error:
            logger.warning("Not warm yet: %s.%s: %s", part.__module__, part.__name__, error)
    connections.close_all()  # Those of this thread, which ends.


def _addresses() -> None:
    """All views with what they import."""
    reverse("dashboards:home")


def _templates() -> None:
    for folder in map(Path, engines["django"].engine.dirs):
        for path in folder.rglob("*.html"):
            get_template(str(path.relative_to(folder)))


def _heavy_modules() -> None:
    for name in HEAVY:
        import_module(name)
