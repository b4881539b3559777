"""The kind of import that brings leavers: personnel lists of who left, and exit surveys with their
reasons.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse

from ccperf.core.dates import today
from ccperf.imports.cells import is_missing, text_of
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.identity import digest_of
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, register
from ccperf.imports.matching import People, Wanted
from ccperf.imports.models import RowChange
from ccperf.imports.problems import MappingNeeded
from ccperf.imports.words import NO, YES, fold
from ccperf.people.models import Person, Team, User
from retention.import_fields import leaver_fields
from retention.models import Leaver, LeaverReason, ReasonForLeaving
from retention.services import GivenReasons, LeaverFacts, correct_leaver, register_leaver, remove_leaver

FACTS = ("kind", "left_on", "started_on", "notice_on", "left_precision", "started_precision")
SOURCE = "import"


class Leavers(ImportKind):
    """Who left, when and why."""

    key = "leavers"
    title = "Leavers"
    noun = "leavers"
    description = "Personnel lists of leavers, or exit surveys; dates may be as rough as a year."
    requires = (("left_on",),)
    roles = frozenset({"admin", "hr"})
    constants = ("left_on", "kind", "team", "site", "stated_by")
    chunk_size = 20
    private_fields = frozenset({"reason", "secondary_reasons", "kind"})

    def fields(self) -> list[Field]:
        return leaver_fields(list(ReasonForLeaving.objects.filter(is_active=True)))

    def examine(self, rows: Rows, context: Context) -> None:
        _kinds(rows, context)
        _dates(rows)
        _people(rows, context)
        _reasons(rows, context)
        _identities(rows, context)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        counts = Counts()
        for position in positions:
            if rows.values["_repeat"][position]:
                counts.unchanged += 1
                continue
            try:
                with transaction.atomic():
                    state = _write_one(rows, position, context)
            except ValidationError as refused:
                rows.refuse(position, "refused", " ".join(refused.messages))
                continue
            counts.imported += state == "imported"
            counts.updated += state == "updated"
            counts.unchanged += state == "unchanged"
        return counts

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return (
            ("See the register of leavers", reverse("retention:leaver-list"))
            if user.access.can("retention.read")
            else None
        )

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        kept = 0
        journal = RowChange.objects.filter(batch_id=batch_id, table="leaver").order_by("-pk")
        while changes := list(journal[: self.chunk_size]):
            progress(0, 1, "Taking leavers back")
            with transaction.atomic():
                kept += sum(not _take_back(change) for change in changes)
                RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
        return [f"{kept:,} leavers stay, because somebody changed them since."] if kept else []


def _kinds(rows: Rows, context: Context) -> None:
    if "kind" not in rows.values:
        context.note("The file does not say how people left; the kind is “other or not known”.")
    rows.values["_kind"] = [kind or Leaver.Kind.OTHER for kind in rows.column("kind")]


def _dates(rows: Rows) -> None:
    for name in ("started_on", "left_on", "notice_on"):
        moments = rows.column(name)
        rows.values[f"_{name}"] = [moment.at.date() if moment else None for moment in moments]
        rows.values[f"_{name}_precision"] = [
            ("day" if moment.precision == "second" else moment.precision) if moment else ""
            for moment in moments
        ]
    limit = today() + timedelta(days=366)
    for position, (start, left) in enumerate(
        zip(rows.values["_started_on"], rows.values["_left_on"], strict=True)
    ):
        if left and left > limit:
            rows.refuse(
                position, "in_the_future", f"The last day {left:%-d %B %Y} lies more than a year ahead."
            )
        if start and left and start > left and start.year > left.year:
            rows.refuse(
                position, "refused", f"The last day ({left.year}) is before the first ({start.year})."
            )


def _people(rows: Rows, context: Context) -> None:
    """Known people by number, e-mail or name. Without them a row is held, or kept under its own reference."""
    people = People(context.matcher)
    found: list[int | None] = []
    for position in range(len(rows)):
        agent, number, email = (rows.get(name, position) for name in ("name", "employee_number", "email"))
        person_id, problem = people.find(agent, number, email, rows.get("team", position) or "")
        if problem and problem.code == "unknown_person" and context.plan.create_people:
            if _is_exact(rows, position) and not context.memory.get("created"):
                days = rows.values["_started_on"][position], rows.values["_left_on"][position]
                team, site = rows.get("team", position) or "", rows.get("site", position) or ""
                context.matcher.want(Wanted(number or "", agent or "", email or "", team, site, *days))
            problem = None
        if problem:
            rows.problems.setdefault(position, problem)
        if (
            person_id
            and rows.values["_left_on"][position]
            and rows.values["_left_on_precision"][position] != "day"
        ):
            rows.refuse(
                position,
                "imprecise_date",
                "The last day of a person we know must be a day, not a month or year.",
            )
        found.append(person_id)
    rows.values["_person"] = found
    rows.values["_team"] = [context.matcher.team(name)[0] for name in rows.column("team")]


def _is_exact(rows: Rows, position: int) -> bool:
    """Both days known to the day: only then does a spell of employment follow, which figures are made of."""
    return all(rows.values[f"_{name}_precision"][position] == "day" for name in ("started_on", "left_on"))


def _reasons(rows: Rows, context: Context) -> None:
    """The main reason, and all others: columns of ticks named by their heading or field, or texts."""
    reasons = list(ReasonForLeaving.objects.all())
    by_word = {
        fold(word): reason.key
        for reason in reasons
        for word in (reason.key, reason.name, reason.key.replace("_", " "))
    }
    meanings = {fold(raw): value for raw, value in context.plan.meanings.get("secondary_reasons", {}).items()}
    headings = context.plan.mapping.get("secondary_reasons", [])
    others: list[list[str]] = [[] for _ in range(len(rows))]
    for at, heading in enumerate(headings):
        cells = [values[at] for values in rows.column("secondary_reasons")]
        is_ticks = all(
            is_missing(cell) or fold(text_of(cell)) in YES | NO or isinstance(cell, bool) for cell in cells
        )
        for position, cell in enumerate(cells):
            for raw in _named(cell, heading, is_ticks):
                word = meanings.get(fold(raw), raw)
                key = by_word.get(fold(word)) if word else None
                if key:
                    others[position].append(key)
                elif word and is_ticks:
                    raise MappingNeeded(
                        f"“{heading}” is not a reason of the register. Say which it is: --values "
                        f"'secondary_reasons:{heading}=KEY'. The keys are: "
                        f"{', '.join(sorted(reason.key for reason in reasons))}."
                    )
                elif word:
                    rows.refuse(position, "unknown_choice", f"“{raw[:60]}” is not a reason of the register.")
    for reason in reasons:
        for position, ticked in enumerate(rows.column(f"reason.{reason.key}")):
            if ticked:
                others[position].append(reason.key)
    mains = rows.column("reason")
    rows.values["_others"] = [
        [key for key in dict.fromkeys(keys) if key != main] for keys, main in zip(others, mains, strict=True)
    ]


def _named(cell, heading: str, is_ticks: bool) -> list[str]:
    if is_missing(cell):
        return []
    if is_ticks:
        return [heading] if cell is True or fold(text_of(cell)) in YES else []
    return [part.strip() for part in text_of(cell).replace("|", ";").split(";") if part.strip()]


def _identities(rows: Rows, context: Context) -> None:
    """A person and last day, else the file's own reference, else a digest of the row and its number among
    equals.
    """
    names = ("_kind", "_started_on", "_left_on", "_notice_on", "name", "team", "reason", "_others")
    seen: dict[tuple, tuple] = {}
    equal: dict[str, int] = {}
    rows.values["_reference"], rows.values["_repeat"] = [""] * len(rows), [False] * len(rows)
    for position in range(len(rows)):
        if position in rows.problems:
            continue
        said = tuple(repr(rows.get(name, position)) for name in names)
        person_id = rows.get("_person", position)
        reference = (
            ""
            if person_id
            else rows.get("reference", position) or rows.get("employee_number", position) or ""
        )
        if not person_id and not reference:
            digest = digest_of(names, said)
            equal[digest] = equal.get(digest, 0) + 1
            reference = f"{digest}:{equal[digest]}"
        rows.values["_reference"][position] = reference
        key = (person_id, rows.values["_left_on"][position]) if person_id else (reference,)
        first = seen.setdefault(key, (said, position))
        if first[1] != position and first[0] == said:
            rows.values["_repeat"][position] = True
        elif first[1] != position:
            line = rows.lines[first[1]]
            rows.refuse(
                position, "conflicting_identifier", f"Line {line} is the same leaving with other values."
            )
    twins = sum(count - 1 for count in equal.values())
    if twins:
        context.note(
            f"{twins:,} rows equal an earlier row and have no reference; each is kept as a leaving "
            f"of its own."
        )


def _facts(rows: Rows, position: int, context: Context) -> LeaverFacts:
    reasons = context.memory.setdefault("reasons", {})
    if not reasons:
        reasons.update({reason.key: reason for reason in ReasonForLeaving.objects.all()})
    person_id, team_id = rows.get("_person", position), rows.get("_team", position)
    main = rows.get("reason", position)
    others = [reasons[key] for key in rows.values["_others"][position]]
    voice = rows.get("stated_by", position) or LeaverReason.StatedBy.LEAVER
    given = (
        [GivenReasons(voice, reasons.get(main), others, source=context.filename[:80])]
        if main or others
        else []
    )
    return LeaverFacts(
        kind=rows.get("_kind", position),
        left_on=rows.get("_left_on", position),
        person=Person.objects.get(pk=person_id) if person_id else None,
        started_on=rows.get("_started_on", position),
        notice_on=rows.get("_notice_on", position),
        is_regretted=rows.get("regretted", position),
        team=Team.objects.select_related("site").get(pk=team_id) if team_id else None,
        left_precision=rows.get("_left_on_precision", position) or Leaver.Precision.UNKNOWN,
        started_precision=rows.get("_started_on_precision", position) or Leaver.Precision.UNKNOWN,
        external_source="" if person_id else SOURCE,
        external_reference="" if person_id else rows.values["_reference"][position][:80],
        reasons=given,
    )


def _write_one(rows: Rows, position: int, context: Context) -> str:
    facts = _facts(rows, position, context)
    known = Leaver.objects.filter(
        **({"person": facts.person, "left_on": facts.left_on} if facts.person else
           {"external_source": SOURCE, "external_reference": facts.external_reference})
    ).first()  # fmt: skip
    if known is None:
        leaver = register_leaver(by=context.user, facts=facts, import_batch_id=context.batch_id)
        RowChange.objects.create(
            batch_id=context.batch_id, table="leaver", row_id=leaver.pk, after={"version": leaver.version}
        )
        return "imported"
    before, after = _state(known), _wanted(facts, known)
    if before == after:
        return "unchanged"
    leaver = correct_leaver(by=context.user, leaver=known, facts=facts, reason=f"Import {context.batch_id}")
    RowChange.objects.create(
        batch_id=context.batch_id,
        table="leaver",
        row_id=leaver.pk,
        before=before,
        after={"version": leaver.version},
    )
    return "updated"


def _state(leaver: Leaver) -> dict:
    """What the register says, in a form that can be kept in the journal."""
    voices: dict[str, dict] = {}
    for given in leaver.leaver_reasons.filter(occasion=LeaverReason.Occasion.EXIT).select_related("reason"):
        voice = voices.setdefault(given.stated_by, {"primary": None, "secondary": []})
        if given.is_primary:
            voice["primary"] = given.reason.key
        else:
            voice["secondary"].append(given.reason.key)
    for voice in voices.values():
        voice["secondary"].sort()
    return {
        **{name: _plain(getattr(leaver, name)) for name in FACTS},
        "is_regretted": leaver.is_regretted,
        "team": leaver.team_id,
        "voices": voices,
    }


def _wanted(facts: LeaverFacts, known: Leaver) -> dict:
    state = _state(known)
    wanted = {name: _plain(getattr(facts, name)) for name in FACTS}
    if known.employment_id:
        wanted |= {"started_on": state["started_on"], "started_precision": state["started_precision"]}
    voices = dict(state["voices"])
    for given in facts.reasons:
        voices[given.stated_by] = {
            "primary": given.primary.key if given.primary else None,
            "secondary": sorted(reason.key for reason in given.secondary),
        }
    return {
        **wanted,
        "is_regretted": facts.is_regretted if facts.is_regretted is not None else state["is_regretted"],
        "team": facts.team.pk if facts.team else state["team"],
        "voices": voices,
    }


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value


def _take_back(change: RowChange) -> bool:
    leaver = Leaver.objects.filter(pk=change.row_id).first()
    if leaver is None:
        return True
    if leaver.version != change.after["version"]:
        return False
    reason = f"Undo of import {change.batch_id}"
    by = change.batch.undone_by
    try:
        with transaction.atomic():
            if change.before is None:
                remove_leaver(by=by, leaver=leaver, reason=reason)
            else:
                correct_leaver(by=by, leaver=leaver, facts=_former(change.before, leaver), reason=reason)
    except (ValidationError, ProtectedError):
        return False
    return True


def _former(before: dict, leaver: Leaver) -> LeaverFacts:
    reasons = {reason.key: reason for reason in ReasonForLeaving.objects.all()}
    dates = {
        name: date.fromisoformat(before[name]) if before[name] else None
        for name in ("left_on", "started_on", "notice_on")
    }
    return LeaverFacts(
        kind=before["kind"],
        person=leaver.person,
        is_regretted=before["is_regretted"],
        team=Team.objects.select_related("site").filter(pk=before["team"]).first(),
        left_precision=before["left_precision"],
        started_precision=before["started_precision"],
        external_source=leaver.external_source,
        external_reference=leaver.external_reference,
        reasons=[
            GivenReasons(voice, reasons.get(said["primary"]), [reasons[key] for key in said["secondary"]])
            for voice, said in before["voices"].items()
        ],
        **dates,
    )


register(Leavers())
