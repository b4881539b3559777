"""Measured quality: drawing a check sample, answers of checkers, and what they say of each theme.

Answers teach the engine nothing, so that they can measure it; corrections are made elsewhere.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from ccperf.audit.services import record
from ccperf.people.models import User
from feedback.models import FeedbackItem
from feedback.services import name_of
from feedback.themes.analysis_quality import (
    Case,
    Measured,
    agreement_words,
    kappa,
    precision,
    reading,
    recall,
    weakness,
)
from feedback.themes.models import Assignment, CheckAnswer, CheckCase, CheckSample, Correction, Theme
from feedback.themes.models_quality import CHECKERS

SIZES = (50, 100, 200)
NEWEST = 20_000
FEWEST_PER_STRATUM = 2


@dataclass(frozen=True)
class ThemeQuality:
    """What a sample says of one theme."""

    precision: Measured | None
    recall: Measured | None
    kappa: float | None

    @property
    def weakness(self) -> str:
        return weakness(self.precision, self.recall)

    @property
    def reading(self) -> str:
        return reading(self.precision, self.recall)

    @property
    def agreement(self) -> str:
        return agreement_words(self.kappa)


@transaction.atomic
def draw_sample(*, by: User, size: int) -> CheckSample:
    """Draw about so many comments that ``by`` may read, as many from each stratum as it has or as fit.

    Comments that people have corrected are left out: they would flatter the engine.
    Raises ValidationError when there is nothing to draw from.
    """
    strata, engine = _strata(by)
    if not strata:
        raise ValidationError("No comment that you may read has been analysed yet.")
    population = sum(map(len, strata.values()))
    sample = CheckSample.objects.create(by=by, by_name=name_of(by), population=population)
    drawn = _drawn(strata, size, random.Random(sample.pk))
    CheckCase.objects.bulk_create(
        CheckCase(
            sample=sample,
            item_id=item,
            stratum_id=stratum,
            weight=weight,
            engine=sorted(engine.get(item, ())),
            order=order,
        )
        for order, (item, stratum, weight) in enumerate(drawn, start=1)
    )
    record("themes.check.drawn", by=by, subject=sample, after={"cases": len(drawn), "of": population})
    return sample


@transaction.atomic
def answer_case(*, case: CheckCase, themes: Iterable[Theme], by: User) -> None:
    """Store what one checker found. Answering again replaces one's own answer.

    Raises ValidationError when two others have answered already.
    """
    case = CheckCase.objects.select_for_update().select_related("sample").get(pk=case.pk)
    others = case.answers.exclude(by=by).count()
    if others >= CHECKERS:
        raise ValidationError("Two people have checked this comment already.")
    CheckAnswer.objects.update_or_create(
        case=case, by=by, defaults={"by_name": name_of(by), "themes": sorted(theme.pk for theme in themes)}
    )
    refresh_figures(case.sample)


def next_case(user: User, sample: CheckSample) -> CheckCase | None:
    """The next comment that this user has not checked and that two others have not."""
    return (
        sample.cases.visible_to(user)
        .annotate(said=Count("answers"))
        .filter(said__lt=CHECKERS)
        .exclude(answers__by=user)
        .select_related("item__route", "item__team")
        .first()
    )


def checked_by(user: User, sample: CheckSample) -> tuple[int, int]:
    """How many cases this user has checked, and how many they may read."""
    mine = sample.cases.visible_to(user)
    return mine.filter(answers__by=user).count(), mine.count()


def refresh_figures(sample: CheckSample) -> None:
    """Work out what all answers of a sample say and store it with the sample."""
    cases = [case for case in sample.cases.prefetch_related("answers") if case.answers.all()]
    parents = dict(Theme.objects.values_list("pk", "parent_id"))
    engine = [_with_parents(case.engine, parents) for case in cases]
    said = [[_with_parents(answer.themes, parents) for answer in case.answers.all()] for case in cases]
    named = set().union(*engine, *(themes for answers in said for themes in answers)) if cases else set()
    figures: dict[str, Any] = {
        str(theme): asdict(_figures(theme, cases, engine, said)) for theme in sorted(named)
    }
    pairs = [
        (theme in answers[0], theme in answers[1])
        for answers in said
        if len(answers) == CHECKERS
        for theme in named
    ]
    figures["all"] = {"kappa": kappa(pairs), "twice": sum(len(answers) == CHECKERS for answers in said)}
    CheckSample.objects.filter(pk=sample.pk).update(figures=figures, checked=len(cases))


def samples() -> QuerySet[CheckSample]:
    return CheckSample.objects.annotate(size=Count("cases"))


def quality_of(sample: CheckSample | None, theme_id: int) -> ThemeQuality | None:
    """What a sample says of a theme; None when it says nothing."""
    stored = sample.figures.get(str(theme_id)) if sample else None
    if not stored:
        return None
    found, caught = (Measured(**stored[part]) if stored[part] else None for part in ("precision", "recall"))
    return ThemeQuality(found, caught, stored["kappa"])


# ---- inside


def _strata(user: User) -> tuple[dict[int | None, list[int]], dict[int, set[int]]]:
    """Items by their surest theme (None: no theme), and all themes of each item."""
    corrected = Correction.objects.values("item")
    items = list(
        FeedbackItem.objects.visible_to(user)
        .standing()
        .filter(reading__is_comment=True, reading__language="en")
        .exclude(pk__in=corrected)
        .order_by("-pk")
        .values_list("pk", flat=True)[:NEWEST]
    )
    known = set(items)
    main: dict[int, int] = {}
    engine: dict[int, set[int]] = defaultdict(set)
    rows = Assignment.objects.visible_to(user).filter(theme__status=Theme.Status.ACTIVE)
    for item, theme in rows.order_by("-confidence", "pk").values_list("item_id", "theme_id"):
        if item in known:
            main.setdefault(item, theme)
            engine[item].add(theme)
    strata: dict[int | None, list[int]] = defaultdict(list)
    for item in items:
        strata[main.get(item)].append(item)
    return strata, engine


def _drawn(
    strata: dict[int | None, list[int]], size: int, chance: random.Random
) -> list[tuple[int, int | None, float]]:
    """(item, stratum, weight) in an order that tells nothing."""
    each = max(FEWEST_PER_STRATUM, round(size / len(strata)))
    drawn = []
    for stratum in sorted(strata, key=lambda key: (key is None, key)):
        items = strata[stratum]
        chosen = chance.sample(items, min(each, len(items)))
        drawn += [(item, stratum, len(items) / len(chosen)) for item in chosen]
    chance.shuffle(drawn)
    return drawn


def _figures(
    theme: int, cases: Sequence[CheckCase], engine: Sequence[set[int]], said: Sequence[list[set[int]]]
) -> ThemeQuality:
    rows = [
        Case(case.weight, theme in own, sum(theme in answer for answer in answers) / len(answers))
        for case, own, answers in zip(cases, engine, said, strict=True)
    ]
    twice = [(theme in answers[0], theme in answers[1]) for answers in said if len(answers) == CHECKERS]
    return ThemeQuality(precision(rows), recall(rows), kappa(twice))


def _with_parents(themes: Iterable[int], parents: dict[int, int | None]) -> set[int]:
    """Whoever says a sub-theme says the theme above it as well."""
    found = set(themes)
    return found | {above for theme in found if (above := parents.get(theme))}
