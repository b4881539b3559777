"""Taking back what a ``PeopleIntake`` has changed, from the steps that each of its rows returned."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import ProtectedError

from ccperf.people.models import (
    Employment,
    Leadership,
    Membership,
    Person,
    RoleAssignment,
    Site,
    Span,
    Team,
    User,
)

MODELS = {
    model.__name__: model
    for model in (User, Person, Team, Site, Employment, Membership, Leadership, Span, RoleAssignment)
}


def undo_changes(undo: Iterable[dict]) -> int:
    """Take back what rows changed, newest first; returns how many people, teams and sites stay.

    A person or team that meanwhile got records of its own stays, a person together with employment and team,
    by which those records are counted. Rights that came along go in any case.
    """
    steps = list(reversed(list(undo)))
    staying = {
        step["id"] for step in steps if _is_created(step, "Person") and not _deleted(Person, step["id"])
    }
    kept = len(staying)
    for step in steps:
        if _is_created(step, "Person"):
            continue
        model = MODELS[step.get("model", "Person")]
        row = model.objects.filter(pk=step["id"]).first()
        if row is None:
            continue
        if step["kind"] != "created":
            _restore(row, step["before"])
        elif not (isinstance(row, Employment | Membership) and row.person_id in staying):
            kept += not _deleted(model, row.pk)
    return kept


def _is_created(step: dict, model: str) -> bool:
    return step["kind"] == "created" and step["model"] == model


def _restore(row, before: dict) -> None:
    """One by one rather than by ``update``, so that figures follow a membership back."""
    for name, value in before.items():
        setattr(row, name, row._meta.get_field(name).to_python(value))
    row.save(update_fields=list(before))


def _deleted(model, pk: int) -> bool:
    try:
        with transaction.atomic():
            model.objects.filter(pk=pk).delete()
    except ProtectedError:
        return False
    return True
