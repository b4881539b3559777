"""Changing what a measure means: drafts, their checks, publishing from a day on, and retiring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.jobs.services import enqueue
from ccperf.metrics.analysis_examples import Outcome, run_examples
from ccperf.metrics.analysis_formula import Definition, FormulaError, Sum, check_unit, references, resolve
from ccperf.metrics.derivation import Formula, definitions_on, formula_of
from ccperf.metrics.models import MetricDefinition, MetricVersion
from ccperf.metrics.services import renew_pages
from ccperf.metrics.terms import TERMS, Terms, version_on
from ccperf.metrics.wording import wrong_side
from ccperf.people.models import User

FORMULAS = {"numerator_formula": "numerator", "denominator_formula": "denominator"}


@dataclass
class Check:
    """What a definition comes to: its formula, its worked examples, and what is wrong, by field."""

    formula: Formula | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.is_met]

    @property
    def is_ready(self) -> bool:
        """Whether it may be published: nothing wrong, and at least one example, each as expected."""
        return not self.problems and bool(self.outcomes) and not self.failed

    def refuse(self, name: str, message: str) -> None:
        self.problems.setdefault(name, []).append(message)


def usable_parts(metrics: Iterable[MetricDefinition], day: date) -> dict[str, Definition]:
    """What formulas that begin on ``day`` may name: measures in use then or already published for later."""
    return definitions_on([metric for metric in metrics if _may_be_named(metric, day)], day)


def _may_be_named(metric: MetricDefinition, day: date) -> bool:
    return bool(metric.history) and (metric.retired_on is None or day < metric.retired_on)


def check(key: str, terms: Terms, known: Mapping[str, Definition]) -> Check:
    """Try a definition: read its formulas, compare units, run its worked examples."""
    found = Check()
    parts, own = terms.parts, {**known, key: terms.parts}
    sides: dict[str, Sum] = {}
    for name, side in FORMULAS.items():
        if not parts.is_derived:
            sides[side] = Sum({(key, side): 1.0}, parts.unit(side))
            continue
        try:
            sides[side] = resolve(parts.text(side), own, (key,))
        except FormulaError as problem:
            found.refuse(name, str(problem))
    if len(sides) < len(FORMULAS):
        return found
    found.formula = Formula(sides["numerator"], sides["denominator"])
    units = (sides["numerator"].unit, sides["denominator"].unit)
    if problem := check_unit(terms.unit, *units):
        found.refuse("unit", problem)
    found.outcomes, unread = run_examples(
        terms.examples,
        key=key,
        unit=terms.unit,
        numerator=found.formula.numerator,
        denominator=found.formula.denominator,
    )
    for problem in unread:
        found.refuse("examples", problem)
    return found


@transaction.atomic
def create_metric(*, by: User, key: str, terms: Mapping[str, Any]) -> MetricDefinition:
    """Begin a derived measure as a draft; pages show it once its first version is published."""
    place = (MetricDefinition.objects.aggregate(last=Max("position"))["last"] or 0) + 10
    metric = MetricDefinition(key=key, position=place, is_active=False)
    _write_terms(metric, _with_units(key, MetricVersion(**terms)).terms)
    metric.save()
    draft = MetricVersion.objects.create(metric=metric, number=1, edited_by=by, **metric.terms)
    record("metrics.version.drafted", by=by, subject=metric, after={"version": draft.number, **terms})
    renew_pages()
    return metric


@transaction.atomic
def save_draft(
    *, by: User, metric: MetricDefinition, version: int, terms: Mapping[str, Any], reason: str = ""
) -> MetricVersion:
    """Keep the next version as a draft; it changes nothing until it is published.

    ``version`` is how often the draft had been saved when the editor opened it, 0 for none yet. Raises
    StaleEdit when somebody else saved one since. A measure that was never published reads as its draft does.
    """
    metric = MetricDefinition.objects.select_for_update().get(pk=metric.pk)
    draft = metric.versions.filter(starts_on__isnull=True).first()
    if version != (draft.edits if draft else 0):
        raise StaleEdit
    if draft is None:
        last = metric.versions.order_by("-number").first()
        draft = MetricVersion(metric=metric, number=last.number + 1 if last else 1, edits=0)
        _write_terms(draft, (last or metric).terms)
    before = draft.terms
    _write_terms(draft, terms)
    _with_units(metric.key, draft)
    draft.edits, draft.edited_by, draft.reason = draft.edits + 1, by, reason
    draft.save()
    if not metric.history:
        _write_terms(metric, draft.terms)
        metric.save()
        renew_pages()
    changed = {name: value for name, value in draft.terms.items() if value != before[name]}
    record(
        "metrics.version.drafted",
        by=by,
        subject=metric,
        before={name: before[name] for name in changed},
        after={"version": draft.number, **changed},
    )
    return draft


@transaction.atomic
def discard_draft(*, by: User, metric: MetricDefinition) -> None:
    """Throw the draft away. A measure that was never published keeps its draft: it has nothing else."""
    if not metric.history:
        raise ValidationError("This measure was never published. Edit the draft, or leave it.")
    drafts = metric.versions.filter(starts_on__isnull=True)
    if draft := drafts.first():
        record("metrics.version.discarded", by=by, subject=metric, before={"version": draft.number})
        drafts.delete()


@transaction.atomic
def publish(
    *, by: User, metric: MetricDefinition, version: int, starts_on: date, reason: str
) -> MetricVersion:
    """Let the draft hold from ``starts_on``, today or later; earlier days keep the version they had.

    Raises ValidationError for a day that has passed or lies before another version, for formulas or worked
    examples that do not hold on that day or later, and StaleEdit when the draft was saved again meanwhile.
    """
    metrics = list(MetricDefinition.objects.select_for_update().with_history())
    metric = next(item for item in metrics if item.pk == metric.pk)
    draft = metric.versions.filter(starts_on__isnull=True).first()
    if draft is None or draft.edits != version:
        raise StaleEdit
    _refuse_day(metric, starts_on)
    _refuse_other_targets(metric, draft, starts_on)
    _refuse_unready(metric, metrics, draft, starts_on)
    metric.versions.filter(ends_before__isnull=True, starts_on__isnull=False).update(ends_before=starts_on)
    draft.starts_on, draft.reason = starts_on, reason
    draft.published_by, draft.published_at = by, timezone.now()
    draft.save()
    bring_current(today())
    record(
        "metrics.version.published",
        by=by,
        subject=metric,
        after={"version": draft.number, "from": starts_on, "reason": reason},
    )
    if draft.is_derived:
        since = starts_on.isoformat() if metric.history else None
        enqueue("metrics.derive", {"metric": metric.key, "since": since}, by=by)
    renew_pages()
    return draft


@transaction.atomic
def withdraw(*, by: User, metric: MetricDefinition) -> MetricVersion:
    """Make the newest version, which has not begun, a draft again; the one before it holds on.

    Raises ValidationError when the newest version has begun, or when another draft waits.
    """
    metrics = list(MetricDefinition.objects.select_for_update().with_history())
    metric = next(item for item in metrics if item.pk == metric.pk)
    last = metric.history[-1] if metric.history else None
    if last is None or last.starts_on <= today():
        raise ValidationError("The newest version has begun. Publish another one that follows it.")
    if metric.versions.filter(starts_on__isnull=True).exists():
        raise ValidationError("A draft waits already. Publish or discard it first.")
    if users := [item.name for item in used_by(metric, metrics)]:
        raise ValidationError(f"{' and '.join(users)} may rely on it. Change it first.")
    began, last.starts_on, last.edits = last.starts_on, None, last.edits + 1
    last.save()
    metric.versions.filter(ends_before=began).update(ends_before=None)
    record(
        "metrics.version.withdrawn",
        by=by,
        subject=metric,
        before={"version": last.number, "from": began},
    )
    if last.is_derived:
        enqueue("metrics.derive", {"metric": metric.key, "since": began.isoformat()}, by=by)
    renew_pages()
    return last


def _refuse_day(metric: MetricDefinition, starts_on: date) -> None:
    if starts_on < today():
        raise ValidationError(
            {"starts_on": f"{starts_on:%-d %B %Y} has passed, and its pages keep what they showed. "
             "Choose today or a later day."}
        )  # fmt: skip
    last = metric.history[-1] if metric.history else None
    if last and last.starts_on >= starts_on:
        raise ValidationError(
            {"starts_on": f"Version {last.number} begins on {last.starts_on:%-d %B %Y}. Choose a later day."}
        )
    if metric.retired_on:
        raise ValidationError("This measure is retired. Bring it back before you publish a version.")


def _refuse_other_targets(metric: MetricDefinition, draft: MetricVersion, starts_on: date) -> None:
    """Targets are values on one side; after a change of unit or direction they would be read as what nobody
    meant.
    """
    last = metric.history[-1] if metric.history else None
    if last is None or (last.unit, last.direction) == (draft.unit, draft.direction):
        return
    targets = list(metric.targets.overlapping(starts_on, None))
    then = f"End them before {starts_on:%-d %B %Y}, publish, then set them anew."
    if targets and last.unit != draft.unit:
        raise ValidationError(f"Its targets are in another unit ({last.get_unit_display()}). {then}")
    # Without a direction nothing is judged by them, and they are there again when it has one.
    is_judged = draft.direction != MetricDefinition.Direction.NONE
    if is_judged and any(wrong_side(draft.direction, target.low, target.high) for target in targets):
        raise ValidationError(f"Its targets say nothing of the new direction. {then}")


def _refuse_unready(
    metric: MetricDefinition, metrics: list[MetricDefinition], draft: MetricVersion, starts_on: date
) -> None:
    """Every day from ``starts_on`` on at which some definition changes must be able to work with it."""
    days = {starts_on} | {
        version.starts_on for item in metrics for version in item.history if version.starts_on > starts_on
    }
    for day in sorted(days):
        known = usable_parts(metrics, day)
        found = check(metric.key, draft, known)
        if found.problems:
            when = "" if day == starts_on else f"From {day:%-d %B %Y} on, when a part changes: "
            raise ValidationError([when + text for texts in found.problems.values() for text in texts])
        known[metric.key] = draft.parts
        for key, parts in known.items():
            if not parts.is_derived or key == metric.key:
                continue
            try:
                formula_of(key, known)
            except FormulaError as problem:
                raise ValidationError(f"{key}, which uses it, could no longer be read. {problem}") from None
    if not found.is_ready:
        count = len(found.failed)
        raise ValidationError(
            f"{count} worked example{'s do' if count > 1 else ' does'} not come out as expected."
            if count
            else "Give at least one worked example."
        )


@transaction.atomic
def retire(*, by: User, metric: MetricDefinition, reason: str) -> None:
    """Take a measure out of use from today on; pages of earlier days keep it, and so does its history.

    Raises ValidationError while measures in use are worked out of it, and while a draft or a version that has
    not begun waits: nobody could tell what becomes of it.
    """
    metrics = list(MetricDefinition.objects.select_for_update().with_history())
    metric = next(item for item in metrics if item.pk == metric.pk)
    if metric.versions.filter(starts_on__isnull=True).exists():
        raise ValidationError("A draft of its next version waits. Publish it or throw it away first.")
    if metric.history and metric.history[-1].starts_on > today():
        begins = metric.history[-1].starts_on
        raise ValidationError(f"Another version begins on {begins:%-d %B %Y}. Withdraw it first.")
    users = [item.name for item in used_by(metric, metrics)]
    if users:
        raise ValidationError(
            f"{' and '.join(users)} would have nothing to be worked out of. Change it first."
        )
    metric.is_active, metric.retired_on = False, today()
    metric.save(update_fields=["is_active", "retired_on"])
    record("metrics.metric.retired", by=by, subject=metric, after={"from": today()}, reason=reason)
    renew_pages()


@transaction.atomic
def restore(*, by: User, metric: MetricDefinition) -> None:
    """Bring a retired measure back from today on, as a version with the terms it had.

    The days in between stay as they were, without it: their pages were read that way.
    """
    metrics = list(MetricDefinition.objects.select_for_update().with_history())
    metric = next(item for item in metrics if item.pk == metric.pk)
    if metric.retired_on is None:
        raise ValidationError("This measure is not retired.")
    if metric.is_derived:
        known = {**usable_parts(metrics, today()), metric.key: metric.parts}
        try:
            formula_of(metric.key, known)
        except FormulaError as problem:
            raise ValidationError(f"It can no longer be worked out. {problem}") from None
    since, metric.retired_on, metric.is_active = metric.retired_on, None, True
    metric.save(update_fields=["is_active", "retired_on"])
    _begin_again(metric, since, by)
    record("metrics.metric.restored", by=by, subject=metric, before={"retired": since})
    if metric.is_derived:
        enqueue("metrics.derive", {"metric": metric.key, "since": today().isoformat()}, by=by)
    renew_pages()


def _begin_again(metric: MetricDefinition, retired_on: date, by: User) -> None:
    """End the last version on the day the measure was retired, and let its terms hold again from today on.

    A version that began on that very day was never read: it begins today instead.
    """
    last = metric.history[-1] if metric.history else None
    if last is None or retired_on == today():
        return
    if last.starts_on == retired_on:
        metric.versions.filter(pk=last.pk).update(starts_on=today())
        return
    metric.versions.filter(pk=last.pk).update(ends_before=retired_on)
    metric.versions.filter(starts_on__isnull=True).update(number=last.number + 2)
    MetricVersion.objects.create(
        metric=metric,
        number=last.number + 1,
        starts_on=today(),
        reason="Brought back after it was retired",
        edited_by=by,
        published_by=by,
        published_at=timezone.now(),
        **last.terms,
    )


def used_by(metric: MetricDefinition, metrics: Iterable[MetricDefinition]) -> list[MetricDefinition]:
    """Measures in use whose formula, now or in a version to come, names this one."""
    return [item for item in metrics if item.retired_on is None and metric.key in _names(item)]


def _names(metric: MetricDefinition) -> set[str]:
    now = version_on(metric.history, today())
    held = [version for version in metric.history if now and version.number >= now.number]
    return set().union(*(references(v.numerator_formula) | references(v.denominator_formula) for v in held))


def bring_current(day: date) -> int:
    """Give every measure the terms of its version of ``day``; returns how many changed. Safe to repeat."""
    changed = 0
    for metric in MetricDefinition.objects.with_history():
        version = version_on(metric.history, day)
        if version is None:
            continue
        is_active = metric.retired_on is None and version.starts_on <= day
        if metric.terms != version.terms or metric.is_active != is_active:
            _write_terms(metric, version.terms)
            metric.is_active = is_active
            metric.save()
            changed += 1
    return changed


def _write_terms(target: Terms, terms: Mapping[str, Any]) -> None:
    for name, value in terms.items():
        if name in TERMS:
            setattr(target, name, value)


def _with_units(key: str, draft: MetricVersion) -> MetricVersion:
    """A derived draft with the units its formulas come to, where they can be read."""
    if draft.is_derived:
        metrics = MetricDefinition.objects.with_history()
        if formula := check(key, draft, usable_parts(metrics, today())).formula:
            draft.numerator_unit, draft.denominator_unit = formula.numerator.unit, formula.denominator.unit
    return draft
