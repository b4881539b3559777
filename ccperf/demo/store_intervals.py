"""Stores the half hours of the queues for the newest weeks; the days before are known as totals only."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from ccperf.demo.intervals import OPENS, half_hours
from ccperf.demo.randomness import array_stream
from ccperf.demo.series import QueueDay, queue_days
from ccperf.demo.store_people import Centre
from ccperf.metrics.models import IntervalRecord, Queue

WEEKS = 13
AT_ONCE = 2000


@transaction.atomic
def store_intervals(centre: Centre) -> int:
    """Write the half hours of thirteen weeks; their sums are the figures of the days, written before."""
    queues = {(queue.site_id, queue.name): queue for queue in Queue.objects.all()}
    rng = array_stream(centre.plan.scale.seed, "intervals")
    since = centre.today - timedelta(weeks=WEEKS)
    records = [
        record
        for row in queue_days(centre.plan)
        if row.day >= since
        for record in _records(row, queues[centre.sites[row.site].pk, row.queue], rng)
    ]
    IntervalRecord.objects.bulk_create(records, batch_size=AT_ONCE)
    return len(records)


def _records(row: QueueDay, queue: Queue, rng) -> Iterator[IntervalRecord]:
    opening = timezone.make_aware(datetime.combine(row.day, time(OPENS)))
    for half in half_hours(row, rng):
        yield IntervalRecord(
            starts_at=opening + timedelta(minutes=30 * half.index),
            day=row.day,
            grain=IntervalRecord.Grain.INTERVAL,
            subject=f"queue:{queue.pk}",
            site_id=queue.site_id,
            queue=queue,
            offered=half.offered,
            answered=half.answered,
            abandoned=half.abandoned,
            within_target=half.within_target,
            wait_seconds=half.wait_seconds,
            handle_seconds=half.handle_seconds,
            created_batch_id=0,
            batch_id=0,
        )
