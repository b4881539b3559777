from django.core.management.base import BaseCommand, CommandError

from ccperf.audit.models import AuditEvent
from ccperf.audit.services import first_broken_event


class Command(BaseCommand):
    help = "Check that no event of the audit trail was changed or removed."

    def handle(self, *args, **options) -> None:
        broken = first_broken_event()
        if broken:
            raise CommandError(f"The chain breaks at event {broken.pk} of {broken.at:%d %B %Y, %H:%M}.")
        self.stdout.write(f"The chain holds over {AuditEvent.objects.count()} events.")
