"""Writing objectives: set, change, confirm, close. What changes turns everything under it *to confirm*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from strategy.models import Objective, ObjectiveMeasure

NUMBER_ATTEMPTS = 5
OBJECTIVE_FIELDS = (
    "title",
    "description",
    "level",
    "parent",
    "site",
    "team",
    "source_document",
    "source_place",
    "owner",
    "starts_on",
    "ends_before",
)


@dataclass(frozen=True)
class MeasureChoice:
    """One measure under an objective: a metric, or the name of one still wanted."""

    metric: MetricDefinition | None = None
    wanted: str = ""
    part: str = ObjectiveMeasure.Part.OUTCOME


@transaction.atomic
def set_objective(
    *, by: User, facts: Mapping[str, Any], measures: Sequence[MeasureChoice] = (), publish: bool = False
) -> Objective:
    """Write a new objective under the next number, as a draft or published at once."""
    objective = Objective(changed_on=today())
    _fill(objective, facts)
    if publish:
        _stamp_confirmed(objective, by)
    objective.full_clean(exclude=["number"])
    _save_numbered(objective)
    _write_measures(objective, measures)
    record("strategy.objective.set", by=by, subject=objective, after=_audited(objective))
    return objective


@transaction.atomic
def change_objective(
    *,
    by: User,
    objective: Objective,
    facts: Mapping[str, Any],
    measures: Sequence[MeasureChoice],
    version: int,
) -> Objective:
    """Change an objective. Once published it and all that serve it must be confirmed again."""
    objective = _locked(objective, version)
    before = _audited(objective)
    _fill(objective, facts)
    _refuse_circle(objective)
    _write_measures(objective, measures)
    after = _audited(objective)
    if before == after:
        return objective
    objective.changed_on = today()
    if objective.status == Objective.Status.CONFIRMED:
        objective.status = Objective.Status.TO_CONFIRM
    objective.version += 1
    objective.full_clean()
    objective.save()
    if objective.status != Objective.Status.DRAFT:
        _ask_again_below(objective)
    record(
        "strategy.objective.changed",
        by=by,
        subject=objective,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before[name] != value},
    )
    return objective


@transaction.atomic
def confirm_objective(*, by: User, objective: Objective, version: int) -> Objective:
    """Publish a draft, or say that a changed objective still holds. Confirming twice changes nothing."""
    objective = Objective.objects.select_for_update().get(pk=objective.pk)
    if objective.status == Objective.Status.CONFIRMED:
        return objective
    if version != objective.version:
        raise StaleEdit
    if objective.status == Objective.Status.CLOSED:
        raise ValidationError("A closed objective cannot be confirmed.")
    before = objective.status
    _stamp_confirmed(objective, by)
    objective.version += 1
    objective.save()
    record(
        "strategy.objective.confirmed",
        by=by,
        subject=objective,
        before={"status": before},
        after={"status": objective.status},
    )
    return objective


@transaction.atomic
def close_objective(*, by: User, objective: Objective, reason: str) -> Objective:
    """End an objective, with the reason; what served it must be confirmed again."""
    objective = Objective.objects.select_for_update().get(pk=objective.pk)
    if objective.status == Objective.Status.CLOSED:
        return objective
    if not reason.strip():
        raise ValidationError({"reason": "Say why the objective ends."})
    before = objective.status
    objective.status = Objective.Status.CLOSED
    objective.version += 1
    objective.save()
    _ask_again_below(objective)
    record(
        "strategy.objective.closed",
        by=by,
        subject=objective,
        before={"status": before},
        after={"status": objective.status},
        reason=reason,
    )
    return objective


def _save_numbered(objective: Objective) -> None:
    """Save under the next free number; whoever loses a race for it takes the one after."""
    for attempt in range(NUMBER_ATTEMPTS):
        highest = Objective.objects.aggregate(highest=Max("number"))["highest"] or 0
        objective.number = highest + 1
        try:
            with transaction.atomic():
                objective.save(force_insert=True)
        except IntegrityError:
            if attempt == NUMBER_ATTEMPTS - 1:
                raise
        else:
            return


def _locked(objective: Objective, version: int) -> Objective:
    objective = Objective.objects.select_for_update().get(pk=objective.pk)
    if version != objective.version:
        raise StaleEdit
    if objective.status == Objective.Status.CLOSED:
        raise ValidationError("A closed objective cannot be changed. Set a new one.")
    return objective


def _fill(objective: Objective, facts: Mapping[str, Any]) -> None:
    for name in OBJECTIVE_FIELDS:
        if name in facts:
            setattr(objective, name, facts[name])
    if objective.level == Objective.Level.TEAM and objective.team:
        objective.site = objective.team.site
    elif objective.level == Objective.Level.ORGANISATION:
        objective.site = objective.team = None
    else:
        objective.team = None


def _stamp_confirmed(objective: Objective, by: User) -> None:
    objective.status = Objective.Status.CONFIRMED
    objective.confirmed_on = today()
    objective.confirmed_by_id = by.access.person_id


def _refuse_circle(objective: Objective) -> None:
    above, seen = objective.parent, {objective.pk}
    while above is not None:
        if above.pk in seen:
            raise ValidationError(
                {"parent": f"{above.reference} already serves this objective. Choose another."}
            )
        seen.add(above.pk)
        above = above.parent


def _ask_again_below(objective: Objective) -> None:
    """Turn every confirmed objective that serves this one, directly or not, to *to confirm*."""
    level = [objective.pk]
    while level:
        below = Objective.objects.filter(parent_id__in=level)
        level = list(below.values_list("pk", flat=True))
        below.filter(status=Objective.Status.CONFIRMED).update(
            status=Objective.Status.TO_CONFIRM, changed_on=today()
        )


def _write_measures(objective: Objective, measures: Sequence[MeasureChoice]) -> None:
    """Let exactly these measures stand under the objective, in this order."""
    metrics = [choice.metric for choice in measures if choice.metric]
    if len(metrics) != len(set(metrics)):
        raise ValidationError("The same measure was chosen twice. Choose each measure once.")
    objective.measures.all().delete()
    ObjectiveMeasure.objects.bulk_create(
        ObjectiveMeasure(
            objective=objective,
            metric=choice.metric,
            wanted=choice.wanted,
            part=choice.part,
            position=position,
        )
        for position, choice in enumerate(measures, start=1)
    )


def _audited(objective: Objective) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: value.pk if hasattr(value := getattr(objective, name), "pk") else value
        for name in OBJECTIVE_FIELDS
    }
    values["measures"] = [
        [measure.metric_id or measure.wanted, measure.part] for measure in objective.measures.all()
    ]
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
