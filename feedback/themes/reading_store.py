"""Reading items with the engine and storing what it made of them. For workers and commands only."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from feedback.models import FeedbackItem
from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.embedding import Embedder, to_bytes
from feedback.themes.engine.ratings import RatingHead, learn
from feedback.themes.engine.reading import ReadComment, clause_scores, read_comments
from feedback.themes.engine.text import digest, is_comment, language_of
from feedback.themes.models import Assignment, Correction, Reading, Segment, Theme
from feedback.themes.moods import are_switched_on
from feedback.themes.vector_making import embedder_in_use, remembering

BATCH = 200
EXAMPLES_PER_THEME = 200
RATED_COMMENTS = 3_000
NOT_LEARNT = -1


@dataclass
class Counts:
    """What reading a batch came to; ``changed`` counts items whose themes differ from before.

    ``gained`` and ``lost`` count, by theme, comments that carry it newly or no longer.
    """

    comments: int = 0
    placed: int = 0
    changed: int = 0
    gained: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Reader:
    """A taxonomy with its corrections, ready to read; ``taxonomy`` is its fingerprint.

    ``ratings`` is the mood learnt from rated comments, where somebody switched that on; ``rated`` is how many
    hundreds there were.
    """

    assigner: Assigner
    taxonomy: str
    rated: int = NOT_LEARNT
    ratings: RatingHead | None = None

    @property
    def embedder(self) -> Embedder:
        return self.assigner.embedder


_reader: Reader | None = None


def current_reader() -> Reader:
    """The reader of the taxonomy, corrections and vectors as they stand; built anew only when they changed.

    With every hundred ratings more the mood is learnt anew, too.
    """
    global _reader
    specs = _specs()
    taxonomy = _fingerprint(specs)
    rated = _rated().count() // 100 if are_switched_on() else NOT_LEARNT
    embedder = embedder_in_use()
    now = (taxonomy, rated, embedder.model_id)
    if _reader is None or (_reader.taxonomy, _reader.rated, _reader.embedder.model_id) != now:
        ratings = None if rated == NOT_LEARNT else learnt_from_ratings()
        _reader = Reader(Assigner(specs, embedder), taxonomy, rated, ratings)
    return _reader


def read_items(items: Sequence[FeedbackItem], reader: Reader) -> Counts:
    """Read these items and store the result in one short transaction. Safe to repeat.

    What people confirmed or refused stands, whatever the engine thinks.
    """
    embedder = remembering(reader.embedder, items)
    results = read_comments([item.text for item in items], embedder, reader.assigner, ratings=reader.ratings)
    with transaction.atomic():
        return _store(items, results, reader)


def batches(ids: Sequence[int], size: int = BATCH) -> Iterable[list[FeedbackItem]]:
    """The items of these ids that still stand, in batches."""
    for start in range(0, len(ids), size):
        yield list(FeedbackItem.objects.standing().filter(pk__in=ids[start : start + size]).order_by("pk"))


def voices(item_ids: Iterable[int]) -> dict[tuple[int, int], str]:
    """The latest word of people on each (item, theme)."""
    rows = Correction.objects.filter(item_id__in=list(item_ids)).order_by("at", "pk")
    return {
        (item, theme): verdict for item, theme, verdict in rows.values_list("item_id", "theme_id", "verdict")
    }


def learnt_from_ratings() -> RatingHead | None:
    """The mood learnt from the newest rated comments; ratings in the middle of their scale teach nothing."""
    fields = ("text", "rating", "rating_scale", "rating_best")
    rows = _rated().order_by("-pk").values_list(*fields)[:RATED_COMMENTS]
    told = []
    for text, rating, scale, best in rows:
        share = (rating - 1) / (scale - 1)
        if share != 0.5 and is_comment(text) and language_of(text) == "en":
            told.append((text, (share > 0.5) == (best != 1)))
    texts = [text for text, _ in told]
    return learn(
        embedder_in_use().embed(texts), [clause_scores(text) for text in texts], [good for _, good in told]
    )


# ---- inside


def _rated() -> QuerySet[FeedbackItem]:
    return FeedbackItem.objects.standing().filter(rating__isnull=False, rating_scale__gt=1).exclude(text="")


def _specs() -> list[ThemeSpec]:
    themes = list(Theme.objects.live().order_by("pk"))
    right: dict[int, list[Example]] = {theme.pk: [] for theme in themes}
    wrong: dict[int, list[Example]] = {theme.pk: [] for theme in themes}
    rows = (
        Correction.objects.filter(theme__status=Theme.Status.ACTIVE, item__withdrawn_at__isnull=True)
        .order_by("at", "pk")
        .values_list("item_id", "theme_id", "verdict", "item__text")
    )
    latest = {(item, theme): (verdict, text) for item, theme, verdict, text in rows}
    for (item, theme), (verdict, text) in latest.items():
        side = right if verdict == Correction.Verdict.RIGHT else wrong
        side[theme].append(Example(text, item))
    return [
        ThemeSpec(
            key=theme.pk,
            name=theme.name,
            definition=theme.definition,
            phrases=tuple(theme.phrases),
            right=tuple(right[theme.pk][-EXAMPLES_PER_THEME:]),
            wrong=tuple(wrong[theme.pk][-EXAMPLES_PER_THEME:]),
        )
        for theme in themes
    ]


def _fingerprint(specs: Sequence[ThemeSpec]) -> str:
    return blake2b(repr(specs).encode(), digest_size=12).hexdigest()


def _store(items: Sequence[FeedbackItem], results: Sequence[ReadComment], reader: Reader) -> Counts:
    ids = [item.pk for item in items]
    # Two jobs may read the same items: the second waits, and stores its own in place of the first one's.
    list(FeedbackItem.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values("pk"))
    now = _themes_now()
    spoken = voices(ids)
    before: dict[int, set[int]] = {pk: set() for pk in ids}
    known = [spec.key for spec in reader.assigner.specs]
    # What the engine said keeps its name when the theme is retired. A theme that came, or came back, after
    # the reader was built is none of its business either.
    standing = Assignment.objects.filter(item_id__in=ids).exclude(
        Q(theme__status=Theme.Status.RETIRED) | ~Q(theme__in=known), source=Assignment.Source.ENGINE
    )
    for item_id, theme_id in standing.values_list("item_id", "theme_id"):
        before[item_id].add(theme_id)
    segments = _store_segments(items, results, reader.embedder.model_id)
    assignments = [
        row
        for item, result in zip(items, results, strict=True)
        for row in _assignments(item, result, spoken, segments, now)
    ]
    standing.delete()
    kept = set(Assignment.objects.filter(item_id__in=ids).values_list("item_id", "theme_id"))
    Assignment.objects.bulk_create(row for row in assignments if (row.item_id, row.theme_id) not in kept)
    _store_readings(items, results, reader.taxonomy)
    after: dict[int, set[int]] = {pk: set() for pk in ids}
    for row in assignments:
        after[row.item_id].add(row.theme_id)
    gained = Counter(theme for pk in ids for theme in after[pk] - before[pk])
    lost = Counter(theme for pk in ids for theme in before[pk] - after[pk])
    return Counts(
        comments=sum(result.is_comment for result in results),
        placed=sum(bool(themes) for themes in after.values()),
        changed=sum(before[pk] != after[pk] for pk in ids),
        gained=gained,
        lost=lost,
    )


def _store_segments(
    items: Sequence[FeedbackItem], results: Sequence[ReadComment], model: str
) -> dict[tuple[int, int], Segment]:
    Segment.objects.filter(item_id__in=[item.pk for item in items]).delete()
    rows = [
        Segment(
            item=item,
            position=position,
            start=clause.start,
            end=clause.end,
            sentiment=result.moods[position].score,
            sentiment_label=result.moods[position].label,
            vector=to_bytes(result.vectors[position]),
            model=model,
        )
        for item, result in zip(items, results, strict=True)
        for position, clause in enumerate(result.clauses)
    ]
    return {(row.item_id, row.position): row for row in Segment.objects.bulk_create(rows)}


def _themes_now() -> dict[int, int]:
    """Each theme that comments may be sorted into, and each merged one, to the theme it is part of today.

    They are held, so that it stays true until all is stored.
    """
    rows = dict(Theme.objects.exclude(status=Theme.Status.RETIRED).held().values_list("pk", "merged_into_id"))
    found = {}
    for start in rows:
        theme = start
        while rows.get(theme):
            theme = rows[theme]
        if theme in rows:
            found[start] = theme
    return found


def _assignments(
    item: FeedbackItem,
    result: ReadComment,
    spoken: dict[tuple[int, int], str],
    segments: dict[tuple[int, int], Segment],
    now: dict[int, int],
) -> list[Assignment]:
    """The engine's themes but those a person refused, and all that a person confirmed.

    A theme that was merged or retired since the reader was built counts as what it is by ``now``.
    """
    rows: dict[int, Assignment] = {}
    for match in result.matches:
        theme = now.get(match.key)
        if theme is None or theme in rows or spoken.get((item.pk, theme)) == Correction.Verdict.WRONG:
            continue
        segment = segments[item.pk, match.clause]
        rows[theme] = Assignment(
            item=item,
            theme_id=theme,
            segment=segment,
            confidence=match.confidence,
            sentiment_label=segment.sentiment_label,
            why={"words": [list(span) for span in match.words], "like": [list(one) for one in match.like]},
        )
    for (item_id, theme_id), verdict in spoken.items():
        if item_id != item.pk or verdict != Correction.Verdict.RIGHT:
            continue
        row = rows.setdefault(
            theme_id,
            Assignment(
                item=item, theme_id=theme_id, sentiment_label=result.mood.label if result.mood else ""
            ),
        )
        row.source, row.confidence = Assignment.Source.PERSON, 1.0
    return list(rows.values())


def _store_readings(items: Sequence[FeedbackItem], results: Sequence[ReadComment], taxonomy: str) -> None:
    now = timezone.now()
    Reading.objects.bulk_create(
        [
            Reading(
                item=item,
                text_digest=digest(item.text),
                taxonomy=taxonomy,
                is_comment=result.is_comment,
                language=result.language,
                sentiment=result.mood.score if result.mood else None,
                sentiment_label=result.mood.label if result.mood else "",
                read_at=now,
            )
            for item, result in zip(items, results, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=[
            "text_digest",
            "taxonomy",
            "is_comment",
            "language",
            "sentiment",
            "sentiment_label",
            "read_at",
        ],
    )
