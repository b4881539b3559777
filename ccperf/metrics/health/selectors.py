"""Reading what was found and decided about measures. Measures name nobody; agents appear as shares only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import OuterRef, Subquery

from ccperf.core.dates import today
from ccperf.metrics.health.findings import CHECKS, EARLY, FIX, GOOD, LOOK, Finding
from ccperf.metrics.health.models import MetricHealth, MetricReview
from ccperf.metrics.models import MetricDefinition

ORDER = {GOOD: 0, LOOK: 1, FIX: 2}
REVIEW_EVERY = timedelta(days=365)
SHOW = {
    "": "With figures",
    "fix": "With something to fix",
    "due": "Not reviewed for a year",
    "all": "All measures",
}


@dataclass(frozen=True)
class Line:
    """One measure in the overview."""

    metric: MetricDefinition
    check: MetricHealth | None
    review: MetricReview | None

    @property
    def findings(self) -> list[Finding]:
        return findings_from(self.check.findings) if self.check else []

    def named(self, state: str) -> list[str]:
        return [finding.title for finding in self.findings if finding.state == state]

    @property
    def to_fix(self) -> list[str]:
        return self.named(FIX)

    @property
    def to_look_at(self) -> list[str]:
        return self.named(LOOK)

    @property
    def works(self) -> int:
        return len(self.named(GOOD))

    @property
    def too_early(self) -> int:
        return len(self.named(EARLY))

    @property
    def is_due(self) -> bool:
        return self.review is None or self.review.reviewed_on < today() - REVIEW_EVERY


def findings_from(stored: Sequence[dict[str, Any]]) -> list[Finding]:
    """Stored findings as objects, those of checks that this version no longer knows left out."""
    return [Finding(**row) for row in stored if row["check"] in CHECKS]


def overview(show: str = "") -> list[Line]:
    """Every active measure with its newest check and review; three queries."""
    newest_check = MetricHealth.objects.filter(metric=OuterRef("metric")).order_by("-as_of").values("pk")[:1]
    newest_review = MetricReview.objects.filter(metric=OuterRef("metric")).order_by("-reviewed_on", "-pk")
    checks = MetricHealth.objects.filter(pk=Subquery(newest_check))
    reviews = MetricReview.objects.filter(pk=Subquery(newest_review.values("pk")[:1]))
    by_check = {check.metric_id: check for check in checks}
    by_review = {review.metric_id: review for review in reviews}
    lines = [
        Line(metric, by_check.get(metric.pk), by_review.get(metric.pk))
        for metric in MetricDefinition.objects.active()
    ]
    wanted = {
        "": lambda line: line.check or line.review,
        "fix": lambda line: line.to_fix,
        "due": lambda line: line.is_due and line.check,
        "all": lambda line: True,
    }[show]
    return [line for line in lines if wanted(line)]


@dataclass(frozen=True)
class Changed:
    """A check that reads differently than at an earlier review."""

    title: str
    before: str
    now: str
    is_worse: bool


def changed_since(earlier: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> list[Changed]:
    """The checks whose state differs, with both readings; what was too early at either time is left out."""
    before = {finding.check: finding for finding in findings_from(earlier)}
    found = []
    for finding in findings_from(now):
        old = before.get(finding.check)
        if old and old.state != finding.state and EARLY not in (old.state, finding.state):
            is_worse = ORDER[finding.state] > ORDER[old.state]
            found.append(Changed(finding.title, old.words, finding.words, is_worse))
    return found


@dataclass(frozen=True)
class Reviewed:
    """A review and what had changed since the one before it."""

    review: MetricReview
    changes: list[Changed] | None

    @property
    def is_first(self) -> bool:
        return self.changes is None


def reviews_of(metric: MetricDefinition) -> list[Reviewed]:
    """Every review of a measure, the newest first, each compared with the last; one query."""
    reviews = list(MetricReview.objects.filter(metric=metric))
    return [
        Reviewed(review, changed_since(earlier.findings, review.findings) if earlier else None)
        for review, earlier in zip_longest(reviews, reviews[1:])
    ]


def newest_check(metric: MetricDefinition) -> MetricHealth | None:
    return MetricHealth.objects.filter(metric=metric).order_by("-as_of").first()


def checked_on() -> date | None:
    """The day of the newest check of any measure."""
    return MetricHealth.objects.order_by("-as_of").values_list("as_of", flat=True).first()
