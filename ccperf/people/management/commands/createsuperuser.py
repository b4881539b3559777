"""The first login of a new centre: Django's command, whose login also becomes an administrator."""

from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as CreateLogin

from ccperf.people.services_accounts import appoint_superusers


class Command(CreateLogin):
    help = "Makes the login of an administrator, who can then invite people and import files."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        for person in appoint_superusers():
            self.stdout.write(f"{person.name} is an administrator of the centre.")
