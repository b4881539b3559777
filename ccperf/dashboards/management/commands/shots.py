import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ccperf.dashboards import photographer
from ccperf.health.static import collect_if_changed


class Command(BaseCommand):
    help = "Photograph every page as each role (1440 and 390 px, light and dark) into DATA_DIR/shots."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--out", type=Path, default=settings.DATA_DIR / "shots")
        parser.add_argument("--role", action="append", help="only this role; may be given more than once")

    def handle(self, *args, **options) -> None:
        if photographer.chromium() is None:
            raise CommandError("Chromium is not installed. On Debian: apt-get install chromium.")
        roles = photographer.role_users()
        if options["role"]:
            roles = {role: user for role, user in roles.items() if role in options["role"]}
        if not roles:
            raise CommandError("Nobody with a role and a login is known. Run manage.py demo first.")
        collect_if_changed()  # The server that is photographed sends them; make run may never have been used.
        # Playwright's loop runs in this thread; our queries in it are short and its own.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        photographs = complaints = 0
        with photographer.own_server() as address:
            for role, name, found in photographer.photograph(options["out"], address, roles):
                photographs += 4
                complaints += len(found)
                self.stdout.write(f"{role:16} {name}" + "".join(f"\n    {text}" for text in found))
        self.stdout.write(f"{photographs} photographs in {options['out']}, {complaints} complaints.")
