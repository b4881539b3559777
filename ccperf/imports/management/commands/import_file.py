"""``manage.py import_file KIND FILE``: the same engine as the pages, for scripts and nightly exports."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Min
from django.utils.translation import ngettext

from ccperf.imports import services
from ccperf.imports.kinds import ImportKind
from ccperf.imports.loading import Loaded, keep
from ccperf.imports.models import ImportBatch, ImportProfile, QuarantinedRow
from ccperf.imports.planning import parse_pairs, parse_values
from ccperf.imports.problems import UnusableFile
from ccperf.imports.reasons import name_of
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.people.models import User


class Pairs(argparse.Action):
    """Takes several FIELD=VALUE; what has no = is kept as a stray, in the order of the command line."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        pairs = [text for text in values if "=" in text]
        strays = [text for text in values if "=" not in text]
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *pairs])
        namespace.strays = [*getattr(namespace, "strays", ()), *strays]


class Command(BaseCommand):
    requires_system_checks: list = []
    help = (
        "Import a CSV or Excel file. KIND is one of: people, metrics, contacts, intervals, feedback, leavers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", nargs="?")
        parser.add_argument("file", metavar="FILE", nargs="?")
        parser.add_argument(
            "--sheet", default="", help="name or number of the sheet; else the one that fits best"
        )
        parser.add_argument("--profile", default="", help="a saved profile of this kind")
        several: Any = {"nargs": "+", "action": Pairs, "default": []}
        parser.add_argument(
            "--map",
            **several,
            metavar="FIELD=COLUMN",
            help=(
                "which column fills a field; name it again for fields that take several; FIELD= leaves "
                "a field out"
            ),
        )
        parser.add_argument("--set", **several, metavar="FIELD=VALUE", help="one value for rows without")
        parser.add_argument(
            "--values",
            **several,
            metavar="FIELD:RAW=VALUE,…",
            help="what raw values mean; an empty VALUE means missing",
        )
        parser.add_argument("--only", **several, metavar="COLUMN=VALUE", help="only rows that have it")
        parser.add_argument("--date-order", default="auto", choices=["auto", "dmy", "mdy", "ymd"])
        parser.add_argument(
            "--create-people", action="store_true", help="create people, teams and sites not known yet"
        )
        parser.add_argument(
            "--as", dest="username", default="", metavar="USERNAME", help="import with this user's rights"
        )
        parser.add_argument(
            "--save-profile", default="", metavar="NAME", help="keep the mapping under a name"
        )
        parser.add_argument("--dry-run", action="store_true", help="check only; nothing is stored")
        parser.add_argument("--fields", action="store_true", help="list the fields of KIND")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args, **options) -> None:
        self.as_json = options["json"]
        try:
            _take_places(options)
            kind = services.kind_named(options["kind"])
            if options["fields"]:
                self._print_fields(kind)
                return
            self._import(kind, options)
        except UnusableFile as refused:
            hint = f" By this command: {refused.option}." if refused.option else ""
            self._refuse(f"{refused}{hint}")

    def _refuse(self, sentence: str) -> None:
        if self.as_json:
            self.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False))
        self.stderr.write(sentence)
        sys.exit(2)

    def _import(self, kind: ImportKind, options: dict) -> None:
        user = _user(options["username"], kind)
        if not options["file"]:
            raise UnusableFile("Name the file to import.")
        path = Path(options["file"])
        if not path.is_file():
            raise UnusableFile(f"There is no file {path}.")
        choices = _choices(kind, options)
        with path.open("rb") as source:
            planned = services.receive(by=user, kind=kind, source=source, filename=path.name, choices=choices)
        batch = planned.batch
        try:
            loaded = services.check(batch, planned.table, planned.plan, planned.likely)
        except UnusableFile:
            services.discard(by=user, batch=batch)
            raise
        if options["dry_run"]:
            result = _dry_result(loaded)
            services.discard(by=user, batch=batch)
        else:
            batch.plan = planned.plan.as_json() | {"decisions": loaded.rows.decisions}
            batch.save(update_fields=["plan"])
            if options["save_profile"]:
                services.save_profile(by=user, batch=batch, name=options["save_profile"])
            keep(batch, loaded)
            batch = _run(services.start(by=user, batch=batch))
            result = _result(batch) | {"came_in": _take_held_rows()}
        result["mapping"] = planned.plan.mapping
        result["sheet"] = planned.table.sheet
        result["not_used"] = _not_used(planned)
        self._print(result)

    def _print(self, result: dict) -> None:
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        counted = ("imported", "updated", "unchanged") if result["import_id"] else ("ready",)
        came = ", ".join(f"{result[name]:,} {name}" for name in counted)
        rows = ngettext("{:,} row", "{:,} rows", result["rows"]).format(result["rows"])
        held = f" ({result['held']:,} of them held)" if result["held"] else ""
        self.stdout.write(f"{rows}: {came}, {result['quarantined']:,} set aside{held}.")
        if count := result["came_in"]:
            said = ngettext("{:,} row that was held has", "{:,} rows that were held have", count).format(
                count
            )
            self.stdout.write(f"{said} come in, because somebody they name is known now.")
        for name, count in result["reasons"].items():
            self.stdout.write(f"  {count:,} {name}")
        for example in result["examples"]:
            self.stdout.write(f"  Line {example['line']}: {example['reason']}")
        for note in result["notes"]:
            self.stdout.write(f"- {note}")
        for likely in result["not_used"]:
            self.stdout.write(f"- Not used: column {likely}.")
        if result["import_id"]:
            self.stdout.write(
                f"Import {result['import_id']}. Undo it with: manage.py undo_import {result['import_id']}"
            )
        else:
            self.stdout.write("Nothing was stored.")

    def _print_fields(self, kind: ImportKind) -> None:
        fields = kind.fields()
        if self.as_json:
            listed = [
                {
                    "field": one.name,
                    "label": one.label,
                    "type": one.type,
                    "unit": one.unit,
                    "meaning": one.help,
                    "choices": list(one.choices),
                    "several": one.several,
                }
                for one in fields
            ]
            self.stdout.write(json.dumps({"kind": kind.key, "fields": listed}, ensure_ascii=False))
            return
        self.stdout.write(f"{kind.title}: {kind.description}")
        for one in fields:
            unit = f" [{one.unit}]" if one.unit else ""
            choices = f" One of: {', '.join(one.choices)}." if one.choices else ""
            self.stdout.write(f"  {one.name:<22} {one.type}{unit}  {one.label}. {one.help}{choices}")


def _user(username: str, kind: ImportKind) -> User | None:
    if not username:
        return None
    user = (
        User.objects.filter(username=username).first() or User.objects.filter(email__iexact=username).first()
    )
    if user is None:
        raise UnusableFile(f"There is no user {username}.")
    if not kind.is_open_to(user):
        raise UnusableFile(f"{username} may not import {kind.key}.")
    return user


def _take_places(options: dict) -> None:
    """KIND and FILE where they stand behind an option that takes several values."""
    for text in options.get("strays", ()):
        place = next((one for one in ("kind", "file") if not options[one]), None)
        if place is None:
            raise UnusableFile(f"“{text}” is no pair: write it as FIELD=COLUMN or FIELD=VALUE.")
        options[place] = text
    if not options["kind"]:
        raise UnusableFile("KIND is missing: say what the file holds.")


def _choices(kind: ImportKind, options: dict) -> services.Choices:
    profile = None
    if options["profile"]:
        profile = ImportProfile.objects.filter(kind=kind.key, name__iexact=options["profile"]).first()
        if profile is None:
            names = (
                ", ".join(ImportProfile.objects.filter(kind=kind.key).values_list("name", flat=True))
                or "none"
            )
            raise UnusableFile(
                f"There is no profile “{options['profile']}” for {kind.key}. Saved are: {names}."
            )
    mapping: dict[str, list[str]] = {}
    for name, column in parse_pairs(options["map"], "--map"):
        mapping.setdefault(name, []).extend([column] if column else [])
    several = {one.name for one in kind.fields() if one.several}
    for name, columns in mapping.items():
        if len(columns) > 1 and name not in several:
            raise UnusableFile(
                f"{name} takes one column, but {len(columns)} were named: {', '.join(columns)}."
            )
    return services.Choices(
        sheet=options["sheet"],
        mapping=mapping,
        constants=dict(parse_pairs(options["set"], "--set")),
        meanings=parse_values(options["values"]),
        date_order=options["date_order"],
        only=dict(parse_pairs(options["only"], "--only")),
        create_people=options["create_people"],
        profile=profile,
    )


def _run_to_its_end(job_id: int) -> Job:
    """Run the job in this process; a worker that was quicker is waited for by running until it is done."""
    job = run_job_now(job_id)
    while job.is_open:
        time.sleep(0.5)
        job = run_job_now(job_id)
    return job


def _take_held_rows() -> int:
    """Import the rows of earlier files that waited for somebody who came with this one; returns how many."""
    job = services.asked_for_held_rows()
    return _run_to_its_end(job.pk).result.get("rows", 0) if job else 0


def _run(batch: ImportBatch) -> ImportBatch:
    """Import, to the end."""
    job = _run_to_its_end(batch.job_id)
    batch.refresh_from_db()
    if job.status == Job.Status.FAILED:
        raise UnusableFile(batch.error or job.error.splitlines()[0])
    return batch


def _result(batch: ImportBatch) -> dict:
    waiting = QuarantinedRow.objects.filter(batch=batch, resolved_at__isnull=True)
    reasons = waiting.values("code").annotate(rows=Count("pk"), line=Min("line")).order_by("-rows", "code")
    return {
        "import_id": batch.pk,
        "rows": batch.rows,
        "imported": batch.imported,
        "updated": batch.updated,
        "unchanged": batch.unchanged,
        "quarantined": batch.quarantined,
        "held": batch.held,
        "reasons": {name_of(one["code"]): one["rows"] for one in reasons},
        "examples": [
            {"line": row.line, "code": row.code, "reason": row.reason}
            for row in waiting.filter(line__in=[one["line"] for one in reasons])[:20]
        ],
        "notes": batch.notes,
    }


def _dry_result(loaded: Loaded) -> dict:
    problems = loaded.rows.problems
    codes: dict[str, int] = {}
    for problem in problems.values():
        codes[problem.code] = codes.get(problem.code, 0) + 1
    return {
        "import_id": None,
        "rows": len(loaded.rows),
        "imported": 0,
        "updated": 0,
        "unchanged": 0,
        "ready": len(loaded.rows) - len(problems),
        "quarantined": len(problems),
        "held": sum(problem.is_held for problem in problems.values()),
        "came_in": 0,
        "reasons": {name_of(code): count for code, count in sorted(codes.items(), key=lambda item: -item[1])},
        "examples": [
            {"line": loaded.rows.lines[position], "code": problem.code, "reason": problem.message}
            for position, problem in sorted(problems.items())[:20]
        ],
        "notes": loaded.context.notes,
    }


def _not_used(planned: services.Planned) -> list[str]:
    """The columns that fill nothing, each with the field it may be meant for."""
    used = {planned.table.find(heading) for heads in planned.plan.mapping.values() for heading in heads}
    likely = {one.column: f"{one.column} may be {one.field}" for one in planned.likely}
    return [likely.get(name, name) for at, name in enumerate(planned.table.columns) if at not in used]
