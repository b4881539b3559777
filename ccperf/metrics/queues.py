"""Queues named by a file: found, or created when rows are written."""

from ccperf.imports.models import RowChange
from ccperf.imports.words import fold
from ccperf.metrics.models import Queue


class QueueBook:
    """Queues by name and site, read once; a queue a file names for the first time is created."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int | None], int] = {}
        for pk, name, site_id in Queue.objects.values_list("pk", "name", "site_id"):
            self.known[(fold(name), site_id)] = pk

    def find(self, name: str | None, site_id: int | None) -> int | None:
        """The queue of that name at the site, else the one without a site, else the only one of that name."""
        if not name:
            return None
        word = fold(name)
        for key in ((word, site_id), (word, None)):
            if key in self.known:
                return self.known[key]
        same = [pk for (known, _), pk in self.known.items() if known == word]
        return same[0] if site_id is None and len(same) == 1 else None

    def find_or_create(self, name: str | None, site_id: int | None, batch_id: int) -> int | None:
        """As ``find``; runs inside the transaction of the rows."""
        found = self.find(name, site_id)
        if found is not None or not name:
            return found
        queue = Queue.objects.create(name=name[:120], site_id=site_id)
        RowChange.objects.create(batch_id=batch_id, table="queue", row_id=queue.pk)
        self.known[(fold(name), site_id)] = queue.pk
        return queue.pk


def undo_queues(batch_id: int) -> None:
    """Delete the queues an import created, unless other records name them."""
    from django.db import transaction
    from django.db.models import ProtectedError

    for change in RowChange.objects.filter(batch_id=batch_id, table="queue"):
        try:
            with transaction.atomic():
                Queue.objects.filter(pk=change.row_id).delete()
        except ProtectedError:
            pass
        change.delete()
