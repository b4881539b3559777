"""Fills the database with the demonstration centre."""

import json
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ccperf.core.databases import why_unusable
from ccperf.core.dates import today
from ccperf.demo.building import build
from ccperf.demo.plan import SITES, Scale
from ccperf.people.models import Person, Team


class Command(BaseCommand):
    help = (
        "Builds a demonstration centre: teams, a year of figures, feedback, themes, actions and leavers. The "
        "same seed on the same day builds the same centre. Prints one login per role."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="Another number makes another centre.")
        parser.add_argument("--agents", type=int, default=240, help="Agents working today, from 24 to 5000.")
        parser.add_argument("--months", type=int, default=12, help="Months of history, from 3 to 36.")
        parser.add_argument("--add", action="store_true", help="Add to the data that are there.")
        parser.add_argument("--force", action="store_true", help="Erase everything in the database first.")
        parser.add_argument("--yes", action="store_true", help="Needed where PRODUCTION=1.")

    def handle(self, **options) -> None:
        scale = self._scale(options)
        self._guard(options)
        if options["force"]:
            call_command("flush", interactive=False, verbosity=0)
        started = time.monotonic()
        centre = build(scale, self._tell)
        path = self._keep_logins(scale, centre.logins)
        self.stdout.write(f"The centre was built in {time.monotonic() - started:.0f} s. One login per role:")
        for login in centre.logins:
            self.stdout.write(f"  {login['role']:<18}{login['username']:<14}{login['password']}")
        self.stdout.write(f"They are kept in {path}.")

    def _scale(self, options: dict) -> Scale:
        for name, low, high in (("agents", 24, 5000), ("months", 3, 36)):
            if not low <= options[name] <= high:
                raise CommandError(f"--{name} must be between {low} and {high}.")
        return Scale(today=today(), seed=options["seed"], agents=options["agents"], months=options["months"])

    def _guard(self, options: dict) -> None:
        if settings.PRODUCTION and not options["yes"]:
            raise CommandError("This is a production installation. Add --yes if you mean it.")
        if reason := why_unusable():
            raise CommandError(reason)
        if Person.objects.exists() and not (options["add"] or options["force"]):
            raise CommandError(
                "The database has people already. Use --add to add the centre to them, or --force to erase "
                "everything first."
            )

        if Team.objects.filter(site__name__in=SITES).exists() and not options["force"]:
            raise CommandError(
                "A demonstration centre stands already. Use --force to erase everything first."
            )

    def _tell(self, part: str, count: int) -> None:
        self.stdout.write(f"  {count:>9,} {part}")

    def _keep_logins(self, scale: Scale, logins: list[dict[str, str]]) -> Path:
        path = settings.DATA_DIR / "demo.json"
        content = {"seed": scale.seed, "agents": scale.agents, "months": scale.months, "logins": logins}
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
        path.chmod(0o600)
        return path
