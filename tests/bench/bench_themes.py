"""Speed of the theme engine, in CPU seconds of one process, against a plain pass over the same texts."""

import random
import re
import time
from typing import Any

from feedback.themes.engine.assignment import Assigner, ThemeSpec
from feedback.themes.engine.discovery import discover
from feedback.themes.engine.embedding import load_embedder
from feedback.themes.engine.reading import read_comments
from feedback.themes.engine.settling import settle
from feedback.themes.engine.text import phrases_of
from feedback.themes.taxonomy import SEED_THEMES

COMMENTS = 10_000


def run() -> list[dict[str, Any]]:
    """Reading, assigning and discovery over 10,000 different comments of ordinary length."""
    texts = made_up(COMMENTS)
    embedder = load_embedder()
    specs = [ThemeSpec(s.key, s.name, s.definition, phrases_of(s.phrases)) for s in SEED_THEMES]
    assigner = Assigner(specs, embedder)
    plain = _cpu(lambda: [len(re.findall(r"\w+", text.lower())) for text in texts])
    vectors = _cpu(lambda: embedder.embed(texts))
    read = _cpu(lambda: read_comments(texts, embedder, assigner))
    found = _cpu(lambda: discover(texts, embedder))
    ten = made_up(10 * COMMENTS)
    found_in_ten = _cpu(lambda: discover(ten, embedder))
    settled = _cpu(lambda: settle(assigner, ten))
    single = _cpu(lambda: [read_comments([text], embedder, assigner) for text in texts[:100]]) / 100
    per = "comments per CPU second"
    return [
        _row("themes: vectors", COMMENTS / vectors, per, None, None),
        _row("themes: clauses, mood and assignment", COMMENTS / read, per, None, None),
        _row("themes: reading over counting words", read / plain, "times", "counting words", 100),
        _row("themes: discovery in 10,000", found, "CPU seconds", None, 5),
        _row("themes: discovery in 100,000", found_in_ten, "CPU seconds", None, 15),
        _row("themes: one best theme for 100,000", settled, "CPU seconds", None, 15),
        _row("themes: one saved comment", single * 1000, "ms", None, 20),
    ]


def made_up(count: int, seed: int = 1) -> list[str]:
    """Comments put together from the phrases of the starting themes, none like another."""
    pick = random.Random(seed)
    phrases = [phrase for theme in SEED_THEMES for phrase in phrases_of(theme.phrases)]
    things = "bill refund meter contract delivery router password tariff payment address".split()  # noqa: SIM905
    return [
        f"I rang about my {pick.choice(things)} {number}: {pick.choice(phrases)}, "
        f"but {pick.choice(phrases)}. "
        f"{pick.choice(phrases).capitalize()} again."
        for number in range(count)
    ]


def _cpu(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _row(name: str, value: float, unit: str, ratio_to: str | None, limit: float | None) -> dict[str, Any]:
    return {"name": name, "value": float(f"{value:.3g}"), "unit": unit, "ratio_to": ratio_to, "limit": limit}
