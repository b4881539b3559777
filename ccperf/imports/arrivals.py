"""Rows that wait for somebody are tried again when a person or team arrives or gets a name or number."""

from django.db.models.signals import post_save

from ccperf.imports.services import ask_for_held_rows
from ccperf.people.models import Person, Team


def connect() -> None:
    post_save.connect(_arrived, sender=Person, dispatch_uid="imports.person_arrived")
    post_save.connect(_arrived, sender=Team, dispatch_uid="imports.team_arrived")


def _arrived(sender, instance, created, raw=False, update_fields=None, **kwargs) -> None:
    if raw or (
        not created
        and update_fields is not None
        and not {"name", "employee_number", "email"} & set(update_fields)
    ):
        return
    ask_for_held_rows()
