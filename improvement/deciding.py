"""Deciding what is done about a theme, changing that, and telling the teams."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.notify.services import notify, notify_all
from ccperf.people.models import Membership, Person, Team, User
from ccperf.privacy.masking import mask_before_save
from feedback.themes.models import Theme
from feedback.themes.services import refuse_unused
from improvement.decision_board import open_decisions
from improvement.heard import heard_by
from improvement.models import ImprovementAction
from improvement.models_decisions import ThemeDecision

Kind = ThemeDecision.Kind


@transaction.atomic
def decide_theme(
    *,
    by: User,
    theme: Theme,
    kind: str,
    reason: str,
    owner: Person,
    due_on: date,
    teams: Sequence[Team],
    combined_with: Theme | None = None,
) -> ThemeDecision:
    """Decide about a theme for some teams; the figures of today are frozen with it.

    Actions about the theme that are open in these teams become part of it. Raises ValidationError when the
    theme is not in use, or when one of the teams still has an earlier decision that was not told to its end.
    """
    person = getattr(by, "person", None)
    if person is None:
        raise ValidationError(
            "Your login belongs to no person in the centre. Ask an administrator to link it."
        )
    theme = Theme.objects.select_for_update().get(pk=theme.pk)  # Two who decide at once do it in turn.
    refuse_unused(theme)
    if earlier := open_decisions(theme.pk, [team.pk for team in teams]).first():
        raise _decided_already(earlier)
    decision = ThemeDecision(
        theme=theme,
        kind=kind,
        combined_with=combined_with,
        reason=mask_before_save(reason.strip()).text,
        owner=owner,
        due_on=due_on,
        decided_by=person,
        changed_by=by,
        heard=heard_by(by, theme, teams).as_json(),
    )
    _check(decision)
    decision.save()
    decision.teams.set(teams)
    _take_in_open_actions(decision)
    record("improvement.decision.made", by=by, subject=decision, after=_facts(decision))
    _tell_owner(decision, person)
    return decision


@transaction.atomic
def change_decision(
    *,
    decision: ThemeDecision,
    by: User,
    version: int,
    kind: str,
    reason: str,
    owner: Person,
    due_on: date,
    combined_with: Theme | None = None,
) -> ThemeDecision:
    """Decide otherwise; the frozen figures stay, and what the teams do not know yet is to be told.

    Raises StaleEdit when somebody else changed it first, ValidationError when it was told to its end and one
    of its teams has another decision on the theme since.
    """
    before = _facts(decision)
    decision = _locked(decision, version)
    _refuse_beside_another(decision)
    known = decision.kind, decision.combined_with_id, decision.reason
    decision.kind, decision.combined_with = kind, combined_with
    decision.reason = mask_before_save(reason.strip()).text
    if known != (decision.kind, decision.combined_with_id, decision.reason):
        decision.told_on = None
    decision.owner, decision.due_on, decision.changed_by = owner, due_on, by
    _check(decision)
    decision.save()
    _take_in_open_actions(decision)
    record("improvement.decision.changed", by=by, subject=decision, before=before, after=_facts(decision))
    if owner.pk != before["owner"]:
        _tell_owner(decision, getattr(by, "person", None))
    return decision


@transaction.atomic
def tell_decision(*, decision: ThemeDecision, by: User, text: str, version: int) -> ThemeDecision:
    """Tell everybody in the teams of today what was decided, or what came of it.

    Raises StaleEdit when somebody else changed it first.
    """
    decision = _locked(decision, version)
    decision.told_text, decision.told_on = mask_before_save(text.strip()).text, today()
    decision.changed_by = by
    decision.save()
    teams = decision.teams.all()
    members = Membership.objects.on().filter(team__in=teams).values("person_id")
    notify_all(
        Person.objects.filter(pk__in=members),
        kind="improvement.decision",
        text=f"{decision.theme}: {decision.told_text}",
        url=decision.get_absolute_url(),
        key=f"decision.{decision.pk}.told.{decision.version}",
    )
    record("improvement.decision.told", by=by, subject=decision, after={"on": decision.told_on})
    return decision


# ---- inside


def _locked(decision: ThemeDecision, version: int) -> ThemeDecision:
    """The decision as it stands, with the next version. Raises StaleEdit when ``version`` is not the last."""
    rows = ThemeDecision.objects.filter(pk=decision.pk, version=version)
    if not rows.update(version=F("version") + 1):
        raise StaleEdit
    return ThemeDecision.objects.select_related("theme", "owner").get(pk=decision.pk)


def _refuse_beside_another(decision: ThemeDecision) -> None:
    theme_id = decision.theme.merged_into_id or decision.theme_id
    Theme.objects.select_for_update().get(pk=theme_id)  # As in deciding, in turn.
    teams = decision.teams.values_list("pk", flat=True)
    being_open = list(open_decisions(theme_id, teams).select_related("theme", "owner"))
    if being_open and decision not in being_open:
        raise _decided_already(being_open[0])


def _decided_already(earlier: ThemeDecision) -> ValidationError:
    return ValidationError(
        f"{earlier.theme} has a decision already: {earlier.code}, owned by {earlier.owner}. Change that one, "
        "or tell the team what came of it first."
    )


def _check(decision: ThemeDecision) -> None:
    if decision.combined_with:
        refuse_unused(decision.combined_with)
    decision.full_clean(exclude=["heard"])


def _take_in_open_actions(decision: ThemeDecision) -> None:
    if decision.kind == Kind.ACT:
        ImprovementAction.objects.open().filter(
            theme=decision.theme, decision=None, team__in=decision.teams.all()
        ).update(decision=decision)


def _facts(decision: ThemeDecision) -> dict:
    """What the audit trail keeps: no free text."""
    return {
        "theme": decision.theme.key,
        "kind": decision.kind,
        "combined_with": decision.combined_with.key if decision.combined_with else None,
        "owner": decision.owner_id,
        "due_on": decision.due_on,
    }


def _tell_owner(decision: ThemeDecision, speaker: Person | None) -> None:
    if decision.owner != speaker:
        notify(
            decision.owner,
            kind="improvement.decision",
            text=f"You own a decision about {decision.theme}.",
            url=decision.get_absolute_url(),
            key=f"decision.{decision.pk}.owner.{decision.version}",
        )
