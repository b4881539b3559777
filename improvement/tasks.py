"""Work of this room that runs beside the pages."""

from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun, enqueue
from ccperf.people.models import Leadership
from improvement import handover
from improvement.models import ImprovementAction
from improvement.services import refresh_verdict


@job_kind("improvement.verdicts", title="Verdicts on actions")
def refresh_verdicts(run: JobRun) -> dict[str, Any]:
    """Judge every action that is being done by the data of today; each is one short write, safe to repeat."""
    actions = ImprovementAction.objects.being_done().filter(metric__isnull=False)
    ids = list(actions.order_by("pk").values_list("pk", flat=True))
    changed = 0
    for done, pk in enumerate(ids, start=1):
        action = ImprovementAction.objects.select_related("metric", "guard_metric", "team", "person").get(
            pk=pk
        )
        before = action.verdict_at
        changed += refresh_verdict(action).verdict_at != before
        run.progress(done, len(ids), "actions judged")
    return {"judged": len(ids), "changed": changed}


@shared_task(name="improvement.judge", ignore_result=True)
def queue_verdicts() -> None:
    """Queue the daily judging; while one waits, a second is not added."""
    enqueue("improvement.verdicts", key="improvement.verdicts")


@job_kind("improvement.handover", title="Actions of leaders who changed")
def hand_over_actions(run: JobRun) -> dict[str, Any]:
    """Give open actions to those who lead now; each is one short write, safe to repeat."""
    parts = handover.parts_to_hand_over()
    moved = 0
    for done, (action, former) in enumerate(parts, start=1):
        moved += handover.hand_over(action=action, former=former) is not None
        run.progress(done, len(parts), "parts looked at")
    return {"handed_over": moved}


def follow_leadership(instance: Leadership, **kwargs: Any) -> None:
    """Signal handler, in the transaction of the change: open actions of a leader whose days changed."""
    if not kwargs.get("raw") and handover.leader_parties().filter(person_id=instance.person_id).exists():
        queue_handover()


@shared_task(name="improvement.handover", ignore_result=True)
def queue_handover() -> None:
    """Queue the daily look at who leads; while one waits, a second is not added."""
    enqueue("improvement.handover", key="improvement.handover")
