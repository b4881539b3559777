"""The kind of import that brings feedback: survey comments, ratings, complaints, notes."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.urls import reverse
from django.utils.translation import ngettext

from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.identity import assign_keys
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, refuse_wrong_days, register
from ccperf.imports.models import ImportedKey, RowChange
from ccperf.imports.problems import MappingNeeded
from ccperf.imports.subjects import match_people
from ccperf.imports.words import fold
from ccperf.people.models import User
from ccperf.privacy.masking import mask_before_save
from feedback.import_fields import feedback_fields
from feedback.models import FeedbackItem, FeedbackRoute
from feedback.registry import tell_items_recorded
from feedback.services import record_imported

DEFAULT_ROUTE = "post_contact_sms"
STORED = (
    "text",
    "rating",
    "rating_scale",
    "rating_best",
    "received_on",
    "strength",
    "process_name",
    "customer_reference",
)
IDENTITY = (
    "_received",
    "_route",
    "comment",
    "rating",
    "agent",
    "employee_number",
    "email",
    "team",
    "process",
    "given_by",
)
USUAL_SCALES = (6, 7, 10, 100)
UNDO_CHUNK = 100


class Feedback(ImportKind):
    """Comments and ratings of customers, colleagues and assessors."""

    key = "feedback"
    title = "Feedback"
    noun = "items"
    description = "Survey comments, ratings, complaints or notes, one a row."
    requires = (("received_on",), ("comment", "rating"))
    roles = frozenset({"supervisor", "manager", "admin"})
    constants = ("received_on", "route", "rating_scale", "rating_best", "team", "site", "process", "given_by")
    chunk_size = 100
    private_fields = frozenset({"comment"})
    seen_on = "_received"
    other_names = {"date": "received_on"}

    def fields(self) -> list[Field]:
        return feedback_fields()

    def examine(self, rows: Rows, context: Context) -> None:
        rows.values["_received"] = [
            moment.at.date() if moment else None for moment in rows.column("received_on")
        ]
        refuse_wrong_days(rows, "_received", days=0)
        _routes(rows, context)
        _ratings(rows, context)
        comments, ratings = rows.column("comment"), rows.column("rating")
        for position, (comment, rating) in enumerate(zip(comments, ratings, strict=True)):
            if not comment and rating is None:
                rows.refuse(position, "no_comment_no_rating", "The row has neither a comment nor a rating.")
        match_people(rows, context, rows.values["_received"])
        assign_keys(rows, context, identifier="reference", names=IDENTITY, noun="items")

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        fresh = [position for position in positions if not rows.values["_repeat"][position]]
        known = _known(rows, fresh)
        counts = Counts(unchanged=len(positions) - len(fresh))
        items, places = [], []
        for position in fresh:
            item = known.get(position)
            if item is None:
                items.append(_item(rows, position))
                places.append(position)
            elif _correct(item, rows, position, context):
                counts.updated += 1
            else:
                counts.unchanged += 1
        if items:
            stored = record_imported(items, by=context.user, batch_id=context.batch_id)
            _remember(rows, places, stored, context.batch_id)
            counts.imported += len(stored)
        return counts

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return (
            ("See the feedback", reverse("feedback:item-list")) if user.access.can("feedback.read") else None
        )

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        kept = 0
        journal = RowChange.objects.filter(batch_id=batch_id, table="feedback").order_by("-pk")
        while changes := list(journal[:UNDO_CHUNK]):
            progress(0, 1, "Taking feedback back")
            with transaction.atomic():
                kept += sum(not _take_back(change) for change in changes)
                RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
        if kept:
            said = ngettext("{:,} item stays", "{:,} items stay", kept).format(kept)
            return [f"{said}, because somebody has worked on it or a later import has changed it."]
        return []


def _routes(rows: Rows, context: Context) -> None:
    routes = {}
    for route in FeedbackRoute.objects.all():
        routes |= {fold(route.key): route, fold(route.key.replace("_", " ")): route, fold(route.name): route}
    default = routes.get(DEFAULT_ROUTE) or FeedbackRoute.objects.order_by("pk").first()
    found = []
    if "route" not in rows.values and default:
        context.note(
            f"Route: {default.name}, because the file names none. Another one can be given for all rows."
        )
    for position, name in enumerate(rows.column("route")):
        route = routes.get(fold(name)) if name else default
        if route is None:
            rows.refuse(position, "unknown_route", f"“{name}” is not in the register of routes.")
        found.append(route.pk if route else None)
    rows.values["_route"] = found


def _ratings(rows: Rows, context: Context) -> None:
    ratings, scales, bests = rows.column("rating"), rows.column("rating_scale"), rows.column("rating_best")
    highest = max((value for value in ratings if value is not None), default=0)
    if highest > 5 and not any(scales):
        scale = next((usual for usual in USUAL_SCALES if usual >= highest), highest)
        raise MappingNeeded(
            f"The ratings go up to {highest:g}. Say the highest possible one below the columns; what is no "
            "rating can be named as missing.",
            option=f"--set rating_scale={scale:g}, --values rating:RAW=",
        )
    if any(value is not None for value in ratings) and not any(bests):
        context.note(
            "The highest rating is taken as the best; where the lowest is, give 1 as the best rating."
        )
    rows.values["rating_scale"] = [
        None if rating is None else int(scale or 5) for rating, scale in zip(ratings, scales, strict=True)
    ]
    rows.values["rating_best"] = [
        None if rating is None else int(best if best is not None else scale or 5)
        for rating, best, scale in zip(ratings, bests, rows.values["rating_scale"], strict=True)
    ]
    for position, (rating, scale, best) in enumerate(
        zip(ratings, rows.values["rating_scale"], rows.values["rating_best"], strict=True)
    ):
        if rating is not None and (rating > scale or best > scale):
            rows.refuse(position, "too_high", f"The rating “{rating:g}” is above the scale of {scale}.")


def _item(rows: Rows, position: int) -> FeedbackItem:
    return FeedbackItem(
        reference=rows.get("reference", position),
        route_id=rows.get("_route", position),
        about_person_id=rows.get("_person", position),
        team_id=None if rows.get("_person", position) else rows.get("_team", position),
        site_id=rows.get("_site", position),
        given_by_role=rows.get("given_by", position) or FeedbackItem.GiverRole.CUSTOMER,
        **_values(rows, position),
    )


def _values(rows: Rows, position: int) -> dict:
    about_nobody = rows.get("_person", position) is None
    return {
        "text": rows.get("comment", position) or "",
        "rating": rows.get("rating", position),
        "rating_scale": rows.get("rating_scale", position),
        "rating_best": rows.get("rating_best", position),
        "received_on": rows.get("_received", position),
        "strength": rows.get("strength", position) or "",
        "process_name": (rows.get("process", position) or "") if about_nobody else "",
        "customer_reference": rows.get("customer_reference", position) or "",
    }


def _known(rows: Rows, positions: Sequence[int]) -> dict[int, FeedbackItem]:
    """The items that rows became before: by route and reference, or by the remembered digest."""
    by_reference: dict[tuple[int, str], int] = {}
    by_key: dict[str, int] = {}
    for position in positions:
        reference = rows.get("reference", position)
        if reference:
            by_reference[(rows.get("_route", position), reference)] = position
        else:
            by_key[rows.values["_key"][position]] = position
    found: dict[int, FeedbackItem] = {}
    references = [reference for _, reference in by_reference]
    for item in FeedbackItem.objects.filter(reference__in=references):
        position = by_reference.get((item.route_id, item.reference))
        if position is not None:
            found[position] = item
    remembered = dict(
        ImportedKey.objects.filter(kind="feedback", key__in=by_key).values_list("key", "row_id")
    )
    items = FeedbackItem.objects.in_bulk(remembered.values())
    for key, pk in remembered.items():
        if pk in items:
            found[by_key[key]] = items[pk]
    return found


def _remember(rows: Rows, positions: Sequence[int], items: Sequence[FeedbackItem], batch_id: int) -> None:
    without = [
        ImportedKey(kind="feedback", key=rows.values["_key"][position], row_id=item.pk)
        for position, item in zip(positions, items, strict=True)
        if not item.reference
    ]
    # A key may be left over from an item that was deleted since.
    ImportedKey.objects.filter(kind="feedback", key__in=[one.key for one in without]).delete()
    ImportedKey.objects.bulk_create(without)
    RowChange.objects.bulk_create(
        RowChange(batch_id=batch_id, table="feedback", row_id=item.pk, after={"version": item.version})
        for item in items
    )


def _correct(item: FeedbackItem, rows: Rows, position: int, context: Context) -> bool:
    """Take over a late correction, unless somebody has worked on the item since it came in."""
    values = _values(rows, position)
    values["text"] = mask_before_save(values["text"]).text
    changed = {
        name: value
        for name, value in values.items()
        if value not in (None, "") and getattr(item, name) != value
    }
    if not changed:
        return False
    if item.shared_at or item.withdrawn_at:
        context.note(
            f"Line {rows.lines[position]}: {item.code} was shared or withdrawn already and stays as it is."
        )
        return False
    before = {name: _plain(getattr(item, name)) for name in changed} | {"batch_id": item.batch_id}
    for name, value in changed.items():
        setattr(item, name, value)
    item.version += 1
    item.batch_id = context.batch_id
    item.save(update_fields=[*changed, "version", "batch_id"])
    RowChange.objects.create(
        batch_id=context.batch_id,
        table="feedback",
        row_id=item.pk,
        before=before,
        after={"version": item.version},
    )
    if "text" in changed:
        tell_items_recorded([item.pk])
    return True


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value


def _take_back(change: RowChange) -> bool:
    """Undo one change; False when the item has a later state, which stays."""
    untouched = Q(version=change.after["version"], shared_at__isnull=True, withdrawn_at__isnull=True)
    item = FeedbackItem.objects.filter(untouched, pk=change.row_id).first()
    if item is None:
        return not FeedbackItem.objects.filter(pk=change.row_id).exists()
    if change.before is not None:
        for name, value in change.before.items():
            setattr(item, name, FeedbackItem._meta.get_field(name).to_python(value))
        item.version += 1
        item.save(update_fields=[*change.before, "version"])
        if "text" in change.before:
            tell_items_recorded([item.pk])
        return True
    try:
        with transaction.atomic():
            item.delete()
    except ProtectedError:
        return False
    ImportedKey.objects.filter(kind="feedback", row_id=change.row_id).delete()
    return True


register(Feedback())
