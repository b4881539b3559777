"""Writing the leaver register. Every change is audited; nothing here looks at the request."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import Entry, record, record_many
from ccperf.core.forms import StaleEdit
from ccperf.people.models import (
    Employment,
    Leadership,
    Membership,
    Person,
    Role,
    RoleAssignment,
    Site,
    Span,
    Team,
    User,
)
from ccperf.people.scope import team_ids_on
from ccperf.people.services import refuse_last_administrator
from retention.models import Leaver, LeaverReason, ReasonForLeaving, RegisterStart

SECONDARY_REASONS = 2
REGISTERED = "retention.leaver.registered"
_DATED_RIGHTS = (Membership, Leadership, Span, RoleAssignment)
_RELATIONS = ("person", "employment", "team", "site", "recorded_by")


@dataclass(frozen=True)
class GivenReasons:
    """The reasons one voice gave on one occasion: at most one primary, the others secondary."""

    stated_by: str
    primary: ReasonForLeaving | None = None
    secondary: Sequence[ReasonForLeaving] = ()
    occasion: str = LeaverReason.Occasion.EXIT
    source: str = ""


@dataclass(frozen=True)
class LeaverFacts:
    """What is known about one leaving, apart from reasons."""

    kind: str
    left_on: date | None
    person: Person | None = None
    started_on: date | None = None
    notice_on: date | None = None
    is_regretted: bool | None = None
    team: Team | None = None
    site: Site | None = None
    left_precision: str = Leaver.Precision.DAY
    started_precision: str = Leaver.Precision.DAY
    external_source: str = ""
    external_reference: str = ""
    reasons: Sequence[GivenReasons] = field(default=())


@transaction.atomic
def register_leaver(*, by: User | None, facts: LeaverFacts, import_batch_id: int | None = None) -> Leaver:
    """Enter one leaving and close the employment spell it ends; a move inside closes nothing.

    Raises ValidationError when no spell covers the last day, the register already holds the leaving, or the
    centre would be left without an administrator.
    """
    leaver = Leaver(recorded_by=by, import_batch_id=import_batch_id)
    _fill(leaver, facts, _Past([facts]))
    leaver.full_clean()
    if leaver.employment and leaver.person:
        refuse_last_administrator(leaver.person)
    leaver.save()
    _end_employments([leaver])
    _write_reasons(leaver, facts.reasons)
    record_many(REGISTERED, by=by, entries=[_registered(leaver)])
    return leaver


@transaction.atomic
def register_leavers(
    *, by: User | None, many: Sequence[LeaverFacts], import_batch_id: int | None = None
) -> list[Leaver]:
    """Enter many leavings as ``register_leaver`` would, in a few statements for all of them.

    Raises ValidationError or IntegrityError when one of them cannot be entered, or may be only by itself.
    """
    people = [facts.person.pk for facts in many if facts.person]
    if len(set(people)) < len(people):
        raise ValidationError("A second leaving of one person is entered by itself.")
    if RoleAssignment.objects.on().filter(role=Role.ADMIN, person__in=people).exists():
        raise ValidationError("The leaving of an administrator is entered by itself.")
    past = _Past(many)
    leavers = []
    for facts in many:
        leaver = Leaver(recorded_by=by, import_batch_id=import_batch_id)
        _fill(leaver, facts, past)
        # Relations were just read; what rows must be to each other is left to the database's constraints.
        leaver.clean_fields(exclude=_RELATIONS)
        leavers.append(leaver)
    Leaver.objects.bulk_create(leavers)
    _end_employments(leavers)
    LeaverReason.objects.bulk_create(
        reason
        for leaver, facts in zip(leavers, many, strict=True)
        for voice in facts.reasons
        for reason in _reasons(leaver, voice)
    )
    record_many(REGISTERED, by=by, entries=[_registered(leaver) for leaver in leavers])
    return leavers


def _registered(leaver: Leaver) -> Entry:
    after = {"kind": leaver.kind, "left_on": leaver.left_on}
    return Entry(subject=leaver, about=leaver.person, after=after)


@transaction.atomic
def correct_leaver(
    *, by: User | None, leaver: Leaver, facts: LeaverFacts, version: int | None = None, reason: str = ""
) -> Leaver:
    """Change what the register says. With ``version`` an edit based on an older state raises StaleEdit."""
    leaver = Leaver.objects.select_for_update().get(pk=leaver.pk)
    if version is not None and version != leaver.version:
        raise StaleEdit
    before, old_spell = _audited(leaver), leaver.employment
    if facts.person != leaver.person:
        raise ValidationError("An entry stays with its person. Remove it and enter the other person.")
    _fill(leaver, facts, _Past([facts]))
    leaver.version += 1
    leaver.full_clean()
    leaver.save()
    if leaver.person and leaver.employment != old_spell:
        if leaver.employment:
            refuse_last_administrator(leaver.person)
        if old_spell:
            _reopen_employment(old_spell, leaver.person)
    _end_employments([leaver])
    _write_reasons(leaver, facts.reasons)
    after = _audited(leaver)
    record(
        "retention.leaver.corrected",
        by=by,
        subject=leaver,
        about=leaver.person,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before[name] != value},
        reason=reason,
    )
    return leaver


@transaction.atomic
def name_reasons(*, by: User | None, leaver: Leaver, given: GivenReasons, version: int) -> Leaver:
    """Write what one voice said on one occasion, in place of what it was thought to have said then."""
    leaver = Leaver.objects.select_for_update().get(pk=leaver.pk)
    if version != leaver.version:
        raise StaleEdit
    if len(given.secondary) > SECONDARY_REASONS:
        raise ValidationError(f"Give one main reason and at most {SECONDARY_REASONS} others.")
    _write_reasons(leaver, [given])
    leaver.version += 1
    leaver.save(update_fields=["version", "updated_at"])
    record(
        "retention.leaver.reasons_named",
        by=by,
        subject=leaver,
        about=leaver.person,
        after={"stated_by": given.stated_by, "occasion": given.occasion},
    )
    return leaver


@transaction.atomic
def remove_leaver(*, by: User | None, leaver: Leaver, reason: str) -> None:
    """Take an entry made by mistake out of the register; the employment it ended is open again."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the entry is wrong."})
    before, person = _audited(leaver), leaver.person
    if leaver.employment and person:
        _reopen_employment(leaver.employment, person)
    record("retention.leaver.removed", by=by, subject=leaver, about=person, before=before, reason=reason)
    leaver.delete()


@transaction.atomic
def set_register_start(*, by: User, recorded_from: date) -> RegisterStart:
    """Say from which day leavers are recorded completely; curves follow older starters from there."""
    start = RegisterStart.objects.select_for_update().order_by("pk").first() or RegisterStart()
    before = start.recorded_from
    start.recorded_from, start.set_by = recorded_from, by
    start.version = start.version + 1 if start.pk else 1
    start.save()
    record(
        "retention.register.started",
        by=by,
        subject=start,
        before={"recorded_from": before},
        after={"recorded_from": recorded_from},
    )
    return start


class _Past:
    """Where people worked and how long they were employed, read for many leavings at once."""

    def __init__(self, many: Sequence[LeaverFacts]) -> None:
        days = {(facts.person.pk, facts.left_on) for facts in many if facts.person and facts.left_on}
        self._team_ids = dict(zip(days, team_ids_on(days), strict=True))
        ids = {team_id for team_id in self._team_ids.values() if team_id}
        self._teams = Team.objects.select_related("site").in_bulk(ids)
        self._spells: dict[int, list[Employment]] = defaultdict(list)
        people = {person_id for person_id, _ in days}
        for spell in Employment.objects.filter(person__in=people).order_by("-starts_on"):
            self._spells[spell.person_id].append(spell)

    def team_at_leaving(self, facts: LeaverFacts) -> Team | None:
        """The team of the last employed day: figures stay with it when teams change later."""
        if not facts.person or not facts.left_on:
            return None
        team_id = self._team_ids[facts.person.pk, facts.left_on]
        return self._teams[team_id] if team_id else None

    def spell_ended_by(self, facts: LeaverFacts, current: Employment | None) -> Employment | None:
        """The spell this leaving ends: the one that covers the last day, or the one it ended before."""
        if not facts.person or not facts.left_on or facts.kind == Leaver.Kind.INTERNAL:
            return None
        begun = (spell for spell in self._spells[facts.person.pk] if spell.starts_on <= facts.left_on)
        spell = next(begun, None)
        if spell is None or (spell != current and spell.ends_before and spell.ends_before <= facts.left_on):
            raise ValidationError(
                {"left_on": f"No employment of {facts.person} covers this day. Check the day, or the person."}
            )
        return spell


def _fill(leaver: Leaver, facts: LeaverFacts, past: _Past) -> None:
    leaver.person = facts.person
    leaver.kind = facts.kind
    leaver.left_on, leaver.left_precision = facts.left_on, facts.left_precision
    if facts.left_on is None:
        leaver.left_precision = Leaver.Precision.UNKNOWN
    leaver.started_on, leaver.started_precision = facts.started_on, facts.started_precision
    leaver.notice_on = facts.notice_on
    leaver.is_regretted = facts.is_regretted
    leaver.external_source, leaver.external_reference = facts.external_source, facts.external_reference
    # A later day than first entered lies beyond the membership that the entry ended: the team stays.
    leaver.team = facts.team or past.team_at_leaving(facts) or leaver.team
    leaver.site = leaver.team.site if leaver.team else facts.site
    leaver.employment = past.spell_ended_by(facts, current=leaver.employment)
    if leaver.employment:
        leaver.started_on, leaver.started_precision = leaver.employment.starts_on, Leaver.Precision.DAY


def _end_employments(leavers: Sequence[Leaver]) -> None:
    """Close the spells and what hangs on them on the last day, so that rights and headcount end with it."""
    spells: list[Employment] = []
    ends: dict[int, date] = {}
    for leaver in leavers:
        spell = leaver.employment
        if not spell or not leaver.left_on:
            continue
        gone = leaver.left_on + timedelta(days=1)
        if spell.ends_before and spell.ends_before != gone:
            _move_end(spell, spell.ends_before, gone)
        spell.ends_before, spell.notice_on = gone, leaver.notice_on or spell.notice_on
        spells.append(spell)
        ends[spell.person_id] = gone
    Employment.objects.bulk_update(spells, ["ends_before", "notice_on"])
    for model in _DATED_RIGHTS:
        ended: list[Any] = []
        for row in model.objects.filter(person__in=ends):
            gone = ends[row.person_id]
            if row.starts_on < gone and (row.ends_before is None or row.ends_before > gone):
                row.ends_before = gone
                ended.append(row)
        model.objects.bulk_update(ended, ["ends_before"])


def _reopen_employment(spell: Employment, person: Person) -> None:
    """Undo the end of a spell that turned out not to have ended."""
    if Employment.objects.filter(person=person, starts_on__gt=spell.starts_on).exists():
        raise ValidationError(
            f"{person} has come back since. Correct the later employment first, then this entry."
        )
    if spell.ends_before:
        _move_end(spell, spell.ends_before, None)
        spell.ends_before = None
        spell.save(update_fields=["ends_before"])


def _move_end(spell: Employment, old: date, new: date | None) -> None:
    """Let memberships and roles that ended with the spell end with it again."""
    for model in _DATED_RIGHTS:
        rows = model.objects.filter(person_id=spell.person_id, ends_before=old)
        (rows.filter(starts_on__lt=new) if new else rows).update(ends_before=new)


def _write_reasons(leaver: Leaver, given: Iterable[GivenReasons]) -> None:
    """Replace the reasons of each voice and occasion that is given; others stay as they are."""
    for voice in given:
        leaver.leaver_reasons.filter(stated_by=voice.stated_by, occasion=voice.occasion).delete()
        LeaverReason.objects.bulk_create(_reasons(leaver, voice))


def _reasons(leaver: Leaver, voice: GivenReasons) -> list[LeaverReason]:
    chosen = [reason for reason in (voice.primary, *voice.secondary) if reason]
    if len({reason.pk for reason in chosen}) != len(chosen):
        raise ValidationError("The same reason was given twice. Choose each reason once.")
    return [
        LeaverReason(
            leaver=leaver,
            reason=reason,
            stated_by=voice.stated_by,
            occasion=voice.occasion,
            is_primary=reason == voice.primary,
            source=voice.source,
        )
        for reason in chosen
    ]


def _audited(leaver: Leaver) -> dict[str, object]:
    names = ("person_id", "kind", "started_on", "notice_on", "left_on", "is_regretted", "team_id")
    return {name: getattr(leaver, name) for name in names}
