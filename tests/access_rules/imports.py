"""Imports: whoever may import follows their own; administrators see what became of all, never others'
cells.
"""

from django.core.files.uploadedfile import SimpleUploadedFile

from ccperf.imports import services
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch, ImportProfile
from tests.access_rules import rule

IMPORTERS = "supervisor manager hr admin stranger"


def draft_of(user, status=ImportBatch.Status.DRAFT, name="calls.csv"):
    content = SimpleUploadedFile(name, b"Call ID,Date,Agent\n1,2026-01-05,Amara Okonkwo\n")
    batch = services.receive(
        by=user, kind=KINDS["contacts"], source=content, filename=name, choices=services.Choices()
    ).batch
    if status != ImportBatch.Status.DRAFT:
        ImportBatch.objects.filter(pk=batch.pk).update(status=status)
    return batch


def own(status):
    return lambda centre: {"pk": draft_of(centre.supervisor, status).pk}


def profile(centre):
    return {
        "pk": ImportProfile.objects.create(
            kind="people", name=f"No {ImportProfile.objects.count()}", created_by=centre.supervisor
        ).pk
    }


APPLIED, DRAFT = ImportBatch.Status.APPLIED, ImportBatch.Status.DRAFT
OTHERS = {"manager": 404, "hr": 404, "stranger": 404, "agent": 403, "privacy_officer": 403, "anonymous": 302}


def own_only(**given):
    """The owner may; an administrator knows that it is there but may not open it."""
    base = rule(ok="supervisor", otherwise=403, **given)
    return base | OTHERS | {"admin": 403}


RULES = {
    "imports:import-list": rule(ok=IMPORTERS, otherwise=403),
    "imports:import-new": rule(ok=IMPORTERS, otherwise=403),
    "imports:profile-list": rule(ok=IMPORTERS, otherwise=403),
    "imports:profile-delete": rule(
        method="post", ok="supervisor admin", status=302, otherwise=403, args=profile
    ),
    "imports:import-detail": rule(ok="supervisor admin", otherwise=403, args=own(APPLIED)) | OTHERS,
    "imports:import-columns": own_only(args=own(DRAFT)),
    "imports:import-check": own_only(args=own(DRAFT)),
    "imports:import-values": own_only(method="post", status=302, args=own(DRAFT)),
    "imports:import-people": own_only(method="post", status=302, args=own(DRAFT)),
    "imports:import-start": own_only(method="post", status=302, args=own(DRAFT)),
    "imports:import-discard": own_only(method="post", status=302, args=own(DRAFT)),
    "imports:import-rows": own_only(args=own(APPLIED), budget=False),
    "imports:import-undo": rule(ok="supervisor admin", otherwise=403, args=own(APPLIED)) | OTHERS,
}


def grow(centre, count):
    start = ImportProfile.objects.count()
    for number in range(start, start + count):
        for user in (centre.supervisor, centre.admin):
            ImportBatch.objects.create(
                kind="contacts", filename=f"{number}.csv", created_by=user, status=APPLIED
            )
            ImportProfile.objects.create(kind="contacts", name=f"{user.pk} {number}")
