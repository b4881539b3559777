"""Writing the leavers of a file into the register, and taking them back."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, ProtectedError, Q

from ccperf.imports.converting import Rows
from ccperf.imports.kinds import Context, Counts, Progress
from ccperf.imports.models import RowChange
from ccperf.people.models import Person, Site, Team
from retention.models import Leaver, LeaverReason, ReasonForLeaving
from retention.services import (
    GivenReasons,
    LeaverFacts,
    correct_leaver,
    register_leaver,
    register_leavers,
    remove_leaver,
)

FACTS = ("kind", "left_on", "started_on", "notice_on", "left_precision", "started_precision")
SOURCE = "import"
TAKEN_BACK_AT_ONCE = 20

Key = tuple[int | None, date | None, str]


def write_rows(rows: Rows, positions: Sequence[int], context: Context) -> Counts:
    """Enter who is not in the register yet and correct who is; the same rows again change nothing."""
    facts = _facts(rows, positions, context)
    known = _known(facts.values())
    fresh = {position: one for position, one in facts.items() if _key(one) not in known}
    counts = Counts(imported=_enter(rows, fresh, context))
    for position, one in facts.items():
        leaver = known.get(_key(one))
        if leaver is None:
            continue
        before = _state(leaver)
        if before == _wanted(one, leaver, before):
            counts.unchanged += 1
            continue
        try:
            _correct(leaver, one, before, context)
            counts.updated += 1
        except ValidationError as refused:
            rows.refuse(position, "refused", " ".join(refused.messages))
    return counts


def _enter(rows: Rows, fresh: dict[int, LeaverFacts], context: Context) -> int:
    """Enter all at once; where that fails one by one, so that each row that is refused says why."""
    many, batch = list(fresh.values()), context.batch_id
    try:
        with transaction.atomic():
            entered = register_leavers(by=context.user, many=many, import_batch_id=batch)
    except (ValidationError, IntegrityError):
        entered = []
        for position, facts in fresh.items():
            try:
                entered.append(register_leaver(by=context.user, facts=facts, import_batch_id=batch))
            except ValidationError as refused:
                rows.refuse(position, "refused", " ".join(refused.messages))
    RowChange.objects.bulk_create(
        RowChange(batch_id=batch, table="leaver", row_id=leaver.pk, after={"version": leaver.version})
        for leaver in entered
    )
    return len(entered)


@transaction.atomic
def _correct(leaver: Leaver, facts: LeaverFacts, before: dict, context: Context) -> None:
    facts = replace(facts, site=facts.site or leaver.site)
    leaver = correct_leaver(by=context.user, leaver=leaver, facts=facts, reason=f"Import {context.batch_id}")
    RowChange.objects.create(
        batch_id=context.batch_id,
        table="leaver",
        row_id=leaver.pk,
        before=before,
        after={"version": leaver.version},
    )


def _facts(rows: Rows, positions: Sequence[int], context: Context) -> dict[int, LeaverFacts]:
    """What each row says, with the people and teams it is about."""
    reasons = context.memory.get("reasons") or {one.key: one for one in ReasonForLeaving.objects.all()}
    context.memory["reasons"] = reasons
    people = Person.objects.in_bulk({rows.get("_person", position) for position in positions} - {None})
    team_ids = {rows.get("_team", position) for position in positions} - {None}
    teams = Team.objects.select_related("site").in_bulk(team_ids)
    sites = Site.objects.in_bulk({rows.get("_site", position) for position in positions} - {None})
    found = {}
    for position in positions:
        person_id = rows.get("_person", position)
        found[position] = LeaverFacts(
            kind=rows.get("_kind", position),
            left_on=rows.get("_left_on", position),
            person=people[person_id] if person_id else None,
            started_on=rows.get("_started_on", position),
            notice_on=rows.get("_notice_on", position),
            is_regretted=rows.get("regretted", position),
            team=teams.get(rows.get("_team", position)),
            site=sites.get(rows.get("_site", position)),
            left_precision=rows.get("_left_on_precision", position) or Leaver.Precision.UNKNOWN,
            started_precision=rows.get("_started_on_precision", position) or Leaver.Precision.UNKNOWN,
            external_source="" if person_id else SOURCE,
            external_reference="" if person_id else rows.values["_reference"][position][:80],
            reasons=_given(rows, position, reasons, context.filename),
        )
    return found


def _given(rows: Rows, position: int, reasons: dict, filename: str) -> list[GivenReasons]:
    main, others = rows.get("reason", position), rows.values["_others"][position]
    if not main and not others:
        return []
    voice = rows.get("stated_by", position) or LeaverReason.StatedBy.LEAVER
    return [GivenReasons(voice, reasons.get(main), [reasons[key] for key in others], source=filename[:80])]


def _key(one: LeaverFacts | Leaver) -> Key:
    """What a leaving is known by: its person and last day, or the reference of the file."""
    return (one.person.pk, one.left_on, "") if one.person else (None, None, one.external_reference)


def _known(facts: Collection[LeaverFacts]) -> dict[Key, Leaver]:
    """Which of these leavings the register has, with the reasons given at exit."""
    said = LeaverReason.objects.filter(occasion=LeaverReason.Occasion.EXIT).select_related("reason")
    of_people = Q(person__in=[one.person for one in facts if one.person])
    of_files = Q(external_source=SOURCE, external_reference__in=[one.external_reference for one in facts])
    found = Leaver.objects.filter(of_people | of_files & ~Q(external_reference="")).select_related(
        "person", "site"
    )
    return {
        _key(one): one for one in found.prefetch_related(Prefetch("leaver_reasons", said, "said_at_exit"))
    }


def _state(leaver: Leaver) -> dict:
    """What the register says, in a form that can be kept in the journal."""
    voices: dict[str, dict] = {}
    for given in leaver.said_at_exit:
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
        "site": leaver.site_id,
        "voices": voices,
    }


def _wanted(facts: LeaverFacts, known: Leaver, state: dict) -> dict:
    """What the register would say after the row, where ``state`` is what it says."""
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
        **_wanted_place(facts, state),
        "voices": voices,
    }


def _wanted_place(facts: LeaverFacts, state: dict) -> dict:
    """The site is that of the team wherever there is one."""
    if facts.team:
        return {"team": facts.team.pk, "site": facts.team.site_id}
    if state["team"] or not facts.site:
        return {"team": state["team"], "site": state["site"]}
    return {"team": None, "site": facts.site.pk}


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value


def take_back(batch_id: int, progress: Progress) -> int:
    """Undo what an import wrote; returns how many leavers stay, because they were changed since."""
    kept = 0
    journal = RowChange.objects.filter(batch_id=batch_id, table="leaver").order_by("-pk")
    while changes := list(journal[:TAKEN_BACK_AT_ONCE]):
        progress(0, 1, "Taking leavers back")
        with transaction.atomic():
            kept += sum(not _take_back(change) for change in changes)
            RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return kept


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
        # A journal of earlier versions does not name it: the site stays.
        site=Site.objects.filter(pk=before.get("site", leaver.site_id)).first(),
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
