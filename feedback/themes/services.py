"""What people say about a comment and a theme, and asking for analyses.

Never loads the engine: what needs it is a job.
"""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User
from feedback.models import FeedbackItem
from feedback.services import name_of
from feedback.themes.kinds import ALL, LIKE_IT, NEW
from feedback.themes.models import Assignment, Correction, Theme

GRAINS = ("coarse", "medium", "fine")
ITEMS_PER_JOB = 2_000


def assign_items(item_ids: Sequence[int]) -> list[Job]:
    """Have these items read soon; called in the transaction that stored or reworded them."""
    ids = sorted(item_ids)
    return [
        enqueue(NEW, {"items": ids[start : start + ITEMS_PER_JOB]})
        for start in range(0, len(ids), ITEMS_PER_JOB)
    ]


def assign_item(item_id: int) -> Job:
    """Have one item read soon."""
    return assign_items([item_id])[0]


@transaction.atomic
def start_analysis(*, by: User | None, grain: str = "medium", seed: int = 1) -> Job:
    """Queue a full analysis, or return the one that already waits or runs: two started become one.

    One that waits is cut as was wished last; one that runs stays as it began, which its parameters tell.
    """
    if grain not in GRAINS:
        raise ValidationError("Choose coarse, medium or fine.")
    running = Job.objects.filter(kind=ALL, status=Job.Status.RUNNING).order_by("-pk").first()
    if running:
        return running
    wished = {"grain": grain, "seed": seed}
    job = enqueue(ALL, wished, by=by, key=ALL)
    if by and job.params != wished:
        job.params = wished
        job.save(update_fields=["params"])
    record("themes.run.started", by=by, subject=job, after={"grain": grain})
    return job


def start_analysis_if_new() -> Job | None:
    """Queue a full analysis when feedback was recorded after the last one began."""
    last = Job.objects.filter(kind=ALL).order_by("-pk").values_list("created_at", flat=True).first()
    items = FeedbackItem.objects.filter(recorded_at__gt=last) if last else FeedbackItem.objects.all()
    return start_analysis(by=None) if items.exists() else None


@transaction.atomic
def confirm_theme(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """A person says that the item carries the theme. Holds at once and through every later analysis."""
    refuse_unused(_held(theme))
    if not _say(item, theme, Correction.Verdict.RIGHT, by):
        return
    changed = Assignment.objects.filter(item=item, theme=theme).update(
        source=Assignment.Source.PERSON, confidence=1.0, updated_at=timezone.now()
    )
    if not changed:
        Assignment.objects.create(item=item, theme=theme, source=Assignment.Source.PERSON, confidence=1.0)
    record(
        "themes.assignment.confirmed",
        by=by,
        subject=item,
        about=item.about_person,
        after={"theme": theme.key},
    )
    learn_anew()


@transaction.atomic
def refuse_theme(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """A person says that the item does not carry the theme."""
    _held(theme)
    if not _say(item, theme, Correction.Verdict.WRONG, by):
        return
    Assignment.objects.filter(item=item, theme=theme).delete()
    record(
        "themes.assignment.refused", by=by, subject=item, about=item.about_person, before={"theme": theme.key}
    )
    learn_anew()


@transaction.atomic
def move_theme(*, item: FeedbackItem, wrong: Theme, right: Theme, by: User) -> None:
    """The item belongs to another theme.

    Raises ValidationError when both are the same or the new one is no longer in use.
    """
    if wrong.pk == right.pk:
        raise ValidationError("It is already in this theme. Choose another one.")
    themes = {one.pk: one for one in Theme.objects.filter(pk__in=[wrong.pk, right.pk]).held()}
    refuse_unused(themes[right.pk])
    refuse_theme(item=item, theme=wrong, by=by)
    confirm_theme(item=item, theme=right, by=by)


@transaction.atomic
def take_back(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """Forget what ``by`` said of the item and theme; the engine reads the item again. Safe to repeat.

    What others said still stands. Raises ValidationError for a theme merged away: what was said of it went
    along.
    """
    theme = _held(theme)
    if theme.status == Theme.Status.MERGED:
        refuse_unused(theme)
    own, _ = Correction.objects.filter(item=item, theme=theme, by=by).delete()
    if not own:
        return
    said = Correction.objects.filter(item=item, theme=theme).order_by("-at", "-pk").first()
    if said and said.verdict == Correction.Verdict.RIGHT:
        Assignment.objects.update_or_create(
            item=item, theme=theme, defaults={"source": Assignment.Source.PERSON, "confidence": 1.0}
        )
    else:
        Assignment.objects.filter(item=item, theme=theme).update(
            source=Assignment.Source.ENGINE, updated_at=timezone.now()
        )
    record(
        "themes.assignment.taken_back",
        by=by,
        subject=item,
        about=item.about_person,
        before={"theme": theme.key},
    )
    assign_item(item.pk)
    learn_anew(everything=True)


@transaction.atomic
def settle(*, item: FeedbackItem, theme: Theme, belongs: bool, by: User) -> None:
    """End a disagreement: what ``by`` says now is the ruling, until somebody speaks up again. Safe to repeat.

    Raises ValidationError when the theme is no longer in use.
    """
    (confirm_theme if belongs else refuse_theme)(item=item, theme=theme, by=by)
    Correction.objects.filter(item=item, theme=theme, by=by).update(is_ruling=True)


def learn_anew(*, everything: bool = False) -> Job:
    """Have comments read again soon with what was learnt; many corrections in a row make one job.

    A correction has the like of it read again; a change of the tree, with ``everything``, all newer comments.
    """
    if everything:
        return enqueue(LIKE_IT, {"all": True}, key=f"{LIKE_IT}.all")
    return enqueue(LIKE_IT, key=LIKE_IT)


def refuse_unused(theme: Theme) -> None:
    """Raises ValidationError unless comments are sorted into the theme."""
    if theme.status != Theme.Status.ACTIVE:
        raise ValidationError(f"{theme} is no longer in use. Choose another theme.")


# ---- inside


def _held(theme: Theme) -> Theme:
    """The theme as it is now; nobody merges it away before the transaction ends."""
    return Theme.objects.held().get(pk=theme.pk)


def _say(item: FeedbackItem, theme: Theme, verdict: str, by: User) -> bool:
    """Store what ``by`` says; False when they said so last and nobody has differed since."""
    last = Correction.objects.filter(item=item, theme=theme).order_by("-at", "-pk").first()
    if last and last.by_id == by.pk and last.verdict == verdict:
        return False
    Correction.objects.update_or_create(
        item=item,
        theme=theme,
        by=by,
        defaults={"verdict": verdict, "at": timezone.now(), "by_name": name_of(by), "is_ruling": False},
    )
    return True
