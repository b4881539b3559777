"""Between the register's forms and its services: what a form starts from and what it leaves alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retention.models import Leaver, LeaverReason
from retention.services import SECONDARY_REASONS, LeaverFacts


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """What one voice said on one occasion."""

    stated_by: str
    occasion: str
    label: str
    rows: tuple[LeaverReason, ...]

    @property
    def is_questionnaire(self) -> bool:
        """More reasons than a person may type: ticked in a survey, and not to be cut down by an edit."""
        return len(self.rows) > SECONDARY_REASONS + 1

    @property
    def source(self) -> str:
        return next((row.source for row in self.rows if row.source), "")


def reason_groups(leaver: Leaver) -> list[ReasonGroup]:
    """The reasons in the order they were given, the leaver's words first; one query."""
    rows = list(leaver.leaver_reasons.select_related("reason").order_by("-is_primary", "reason__position"))
    return [
        ReasonGroup(
            by, occasion, f"{by_label}, {occasion_label[0].lower()}{occasion_label[1:]}", tuple(found)
        )
        for by, by_label in reversed(LeaverReason.StatedBy.choices)
        for occasion, occasion_label in LeaverReason.Occasion.choices
        if (found := [row for row in rows if (row.stated_by, row.occasion) == (by, occasion)])
    ]


def initial_of(leaver: Leaver) -> dict[str, object]:
    kept = {True: "yes", False: "no", None: ""}[leaver.is_regretted]
    return {
        "kind": leaver.kind,
        "left_on": leaver.left_on,
        "notice_on": leaver.notice_on,
        "is_regretted": kept,
        "version": leaver.version,
    }


def facts_of(leaver: Leaver, changed: Mapping[str, object]) -> LeaverFacts:
    """The whole facts of an entry with the changed ones; a corrected day is known to the day."""
    facts: dict[str, Any] = {
        "person": leaver.person,
        "started_on": leaver.started_on,
        "started_precision": leaver.started_precision,
        "left_precision": leaver.left_precision,
        "team": leaver.team if not leaver.person else None,
        "site": leaver.site,
        "external_source": leaver.external_source,
        "external_reference": leaver.external_reference,
        **changed,
    }
    if changed.get("left_on") != leaver.left_on:
        facts["left_precision"] = Leaver.Precision.DAY
    return LeaverFacts(**facts)


def reasons_initial(leaver: Leaver, query: Mapping[str, str]) -> dict[str, object]:
    """Start from what that voice said then, when the address names one."""
    stated_by = query.get("by", LeaverReason.StatedBy.LEAVER)
    occasion = query.get("on", LeaverReason.Occasion.EXIT)
    rows = list(
        leaver.leaver_reasons.filter(stated_by=stated_by, occasion=occasion).order_by(
            "-is_primary", "reason__position"
        )
    )
    main = next((row.reason_id for row in rows if row.is_primary), None)
    others = [row.reason_id for row in rows if not row.is_primary]
    return {
        "stated_by": stated_by,
        "occasion": occasion,
        "primary": main,
        "second": others[0] if others else None,
        "third": others[1] if len(others) > 1 else None,
        "source": rows[0].source if rows else "",
        "version": leaver.version,
    }
