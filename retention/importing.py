"""The kind of import that brings leavers: personnel lists of who left, and exit surveys with their
reasons.
"""

from collections import Counter
from collections.abc import Container, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import ngettext

from ccperf.core.dates import today
from ccperf.imports.cells import is_missing, text_of
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.identity import digest_of
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, register
from ccperf.imports.matching import Matcher, People, Wanted
from ccperf.imports.problems import MappingNeeded, Problem
from ccperf.imports.words import NO, YES, fold
from ccperf.people.models import User
from retention.import_fields import leaver_fields
from retention.importing_write import take_back, write_rows
from retention.models import Leaver, ReasonForLeaving

NAMES_SHOWN = 3
OTHER_SITE = "team_of_other_site"
WITHOUT = "The entries are kept without it."
UNUSED = {
    "unknown_team": ("a team that is not known", WITHOUT),
    "team_fits_several": ("a team that several sites have", WITHOUT),
    OTHER_SITE: ("a team of another site", "The entries stand at the site of the team."),
    "unknown_site": ("a site that is not known", WITHOUT),
}
"""What a row can say of its place that its entry does not keep, and what becomes of it."""


class Leavers(ImportKind):
    """Who left, when and why."""

    key = "leavers"
    title = "Leavers"
    noun = "leavers"
    description = "Personnel lists of leavers, or exit surveys; dates may be as rough as a year."
    requires = (("left_on",),)
    roles = frozenset({"admin", "hr"})
    constants = ("left_on", "kind", "team", "site", "stated_by")
    chunk_size = 100
    private_fields = frozenset({"reason", "secondary_reasons", "kind"})
    ticks_are = "a reason for leaving"
    other_names = {"date": "left_on"}

    def fields(self) -> list[Field]:
        return leaver_fields(list(ReasonForLeaving.objects.filter(is_active=True)))

    def examine(self, rows: Rows, context: Context) -> None:
        _kinds(rows, context)
        _dates(rows)
        _people(rows, context)
        _reasons(rows, context)
        _identities(rows, context)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        fresh = [position for position in positions if not rows.values["_repeat"][position]]
        return write_rows(rows, fresh, context) + Counts(unchanged=len(positions) - len(fresh))

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return (
            ("See the register of leavers", reverse("retention:leaver-list"))
            if user.access.can("retention.read")
            else None
        )

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        kept = take_back(batch_id, progress)
        said = ngettext("{:,} leaver stays", "{:,} leavers stay", kept).format(kept)
        return [f"{said}, because somebody has changed the entry since."] if kept else []


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
    wanted: set[int] = set()
    for position in range(len(rows)):
        agent, number, email = (rows.get(name, position) for name in ("name", "employee_number", "email"))
        person_id, problem = people.find(agent, number, email, rows.get("team", position) or "")
        if problem and problem.code == "unknown_person" and context.plan.create_people:
            if _is_exact(rows, position) and not context.memory.get("created"):
                wanted.add(position)
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
    if wanted:
        context.memory["want"] = lambda position: _want(rows, context, position, wanted)
    rows.values["_person"] = found
    _places(rows, context, wanted)


def _places(rows: Rows, context: Context, wanted: Container[int]) -> None:
    """The team and site of every leaving. An entry can do without: what cannot be used is said, not held.

    Teams and sites of ``wanted`` people are created with them.
    """
    matcher = context.matcher
    rows.values["_team"], rows.values["_site"] = teams, sites = [], []
    unused: dict[str, Counter[str]] = {code: Counter() for code in UNUSED}
    for position, names in enumerate(zip(rows.column("team"), rows.column("site"), strict=True)):
        site, no_site = matcher.site(names[1])
        team, no_team = _team(matcher, names[0], names[1] if site else None)
        teams.append(team)
        sites.append(site)
        if position in wanted or position in rows.problems:
            continue
        for name, problem in zip(names, (no_team, no_site), strict=True):
            if problem:
                unused[problem.code][name] += 1
        if team and site and matcher.team_sites[team] != site:
            unused[OTHER_SITE][names[0]] += 1
    for code, found in unused.items():
        if count := found.total():
            what, follows = UNUSED[code]
            said = ngettext("{:,} row names", "{:,} rows name", count).format(count)
            shown = ", ".join(f"“{name[:60]}”" for name in list(found)[:NAMES_SHOWN])
            shown += f" and {len(found) - NAMES_SHOWN:,} more" if len(found) > NAMES_SHOWN else ""
            context.note(f"{said} {what}: {shown}. {follows}")


def _team(matcher: Matcher, name: str | None, site: str | None) -> tuple[int | None, Problem | None]:
    """The team of that name; a site decides between several of that name, and against no team."""
    team, problem = matcher.team(name)
    if team is None and site:
        team = matcher.team(name, site)[0]
    return team, None if team else problem


def _want(rows: Rows, context: Context, position: int, wanted: set[int]) -> None:
    if position in wanted:
        words = (
            rows.get(name, position) or "" for name in ("employee_number", "name", "email", "team", "site")
        )
        days = rows.values["_started_on"][position], rows.values["_left_on"][position]
        context.matcher.want(Wanted(*words, *days))


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
                        f"“{heading}” is not a reason of the register. Match its column with the reason it "
                        "stands for, or leave it out. The reasons are: "
                        f"{', '.join(sorted(reason.key for reason in reasons))}.",
                        option=f"--values 'secondary_reasons:{heading}=KEY'",
                    )
                elif word:
                    rows.refuse(position, "unknown_choice", f"“{raw[:60]}” is not a reason of the register.")
    for reason in reasons:
        for position, ticks in enumerate(rows.column(f"reason.{reason.key}")):
            if ticks and any(ticks):
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
        said = ngettext("{:,} row equals", "{:,} rows equal", twins).format(twins)
        context.note(f"{said} an earlier row and no reference tells them apart; all are kept as leavings.")


register(Leavers())
