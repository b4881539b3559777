"""The terms of an action: read, masked, named in sentences, and written into its fields."""

from dataclasses import replace
from datetime import date

from django.core.exceptions import ValidationError

from ccperf.agreements.models import AgreementWording
from ccperf.core.numbers import format_value
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person
from ccperf.privacy.masking import mask_before_save
from improvement import measures
from improvement.models import ImprovementAction, Promise
from improvement.wording import Names, PromiseTerms, Terms


def present_wording(action: ImprovementAction) -> AgreementWording:
    """The text on the table with its terms."""
    return action.agreement.wordings.get(number=action.agreement.wording_number)


def present_terms(action: ImprovementAction) -> Terms:
    """The terms on the table: those of the latest wording."""
    return Terms.from_json(present_wording(action).terms)


def names_for(action: ImprovementAction, terms: Terms, speaker: Person) -> Names:
    """How measure, baseline, sides and limits are called in the text."""
    metrics = MetricDefinition.objects.in_bulk({terms.metric, terms.guard_metric} - {""}, field_name="key")
    metric, guard = metrics.get(terms.metric), metrics.get(terms.guard_metric)
    start = measures.baseline_of(action, metric) if metric else None
    team_side = action.person.name if action.person else f"Team {action.team}"
    leader = action.owner if action.owner_id != action.person_id else speaker
    return Names(
        metric=metric.name if metric else "",
        baseline=format_value(start.value, metric.unit, start.n)
        if metric and start and start.value is not None
        else "",
        target=format_value(terms.target_value, metric.unit)
        if metric and terms.target_value is not None
        else "",
        guard=guard.name if guard else "",
        guard_limit=format_value(terms.guard_limit, guard.unit)
        if guard and terms.guard_limit is not None
        else "",
        team_side=team_side,
        leader_side=leader.name,
    )


def masked(terms: Terms) -> Terms:
    def hide(text: str) -> str:
        return mask_before_save(text.strip()).text

    promises = [
        PromiseTerms(promise.side, hide(promise.text)[:200], promise.due_on)
        for promise in terms.promises
        if promise.text.strip()
    ]
    return replace(terms, title=hide(terms.title), what=hide(terms.what), promises=tuple(promises))


def check_days(terms: Terms) -> None:
    if date.fromisoformat(terms.due_on) <= date.fromisoformat(terms.starts_on):
        raise ValidationError({"due_on": "The review must come after the start. Choose a later day."})


def put_terms(action: ImprovementAction, terms: Terms) -> None:
    """Write terms into the fields of the action."""
    check_days(terms)
    metrics = MetricDefinition.objects.in_bulk({terms.metric, terms.guard_metric} - {""}, field_name="key")
    action.title = terms.title
    action.what = terms.what
    action.starts_on = date.fromisoformat(terms.starts_on)
    action.due_on = date.fromisoformat(terms.due_on)
    action.check_every_days = terms.check_every_days
    action.metric = metrics.get(terms.metric)
    action.target_value = terms.target_value if action.metric else None
    action.guard_metric = metrics.get(terms.guard_metric)
    action.guard_limit = terms.guard_limit if action.guard_metric else None


def store_promises(action: ImprovementAction, terms: Terms) -> None:
    """Promises as the terms have them; one that stays keeps its tick."""
    kept = {(promise.side, promise.text): promise.done_on for promise in action.promises.all()}
    action.promises.all().delete()
    Promise.objects.bulk_create(
        Promise(
            action=action,
            side=promise.side,
            text=promise.text,
            due_on=date.fromisoformat(promise.due_on) if promise.due_on else None,
            done_on=kept.get((promise.side, promise.text)),
            position=position,
        )
        for position, promise in enumerate(terms.promises)
    )
