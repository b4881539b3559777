"""Themes: what comments are about, how the engine read them, and what people put right (criterion M5)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ccperf.core.addresses import record_address
from ccperf.jobs.models import Job
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person
from feedback.models import FeedbackItem, may_read_item
from feedback.themes.models_history import ThemeMerge, ThemeVersion
from feedback.themes.models_mood import MoodLesson
from feedback.themes.models_quality import CheckAnswer, CheckCase, CheckSample
from feedback.themes.models_vectors import VectorSwitch

__all__ = [
    "Assignment",
    "CheckAnswer",
    "CheckCase",
    "CheckSample",
    "Correction",
    "MoodLesson",
    "Reading",
    "Segment",
    "Sentiment",
    "SuggestionItem",
    "Theme",
    "ThemeMerge",
    "ThemeRun",
    "ThemeSuggestion",
    "ThemeVersion",
    "VectorSwitch",
]

UNIT_INTERVAL = Q(confidence__gte=0) & Q(confidence__lte=1)


class Sentiment(models.TextChoices):
    NEGATIVE = "negative", "Negative"
    NEUTRAL = "neutral", "Neutral"
    POSITIVE = "positive", "Positive"
    UNCERTAIN = "uncertain", "Uncertain"


class ThemeQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """The taxonomy names no person: whoever may read themes may read all of it."""
        return self if user.access.can("themes.read") else self.none()

    def live(self) -> Self:
        """Themes that comments are sorted into."""
        return self.filter(status=Theme.Status.ACTIVE)

    def held(self) -> Self:
        """Locked until the transaction ends, always in one order.

        Who changes the tree or says where a comment belongs waits for readings that are being stored, and
        they for it: so no comment is left in a theme that was merged away meanwhile.
        """
        return self.select_for_update(no_key=True).order_by("pk")


class Theme(models.Model):
    """One subject that people speak about, at the upper or the lower level of the tree.

    ``attribution`` says what it is a matter of, so that nobody is coached for a broken system.
    """

    class Attribution(models.TextChoices):
        AGENT = "agent", "Agent"
        PROCESS = "process", "Process"
        TOOL = "tool", "Tool"
        POLICY = "policy", "Policy"
        PRODUCT = "product", "Product"
        MANAGEMENT = "management", "Management"
        EXTERNAL = "external", "External"

    class Status(models.TextChoices):
        ACTIVE = "active", "In use"
        MERGED = "merged", "Merged into another"
        RETIRED = "retired", "Retired"

    class Origin(models.TextChoices):
        SEED = "seed", "From the catalogue"
        PERSON = "person", "Made by a person"
        FOUND = "found", "Found in comments"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    definition = models.CharField(max_length=300, blank=True)
    phrases = models.JSONField("typical phrases", default=list, blank=True)
    attribution = models.CharField("matter of", max_length=10, choices=Attribution)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="owned_themes"
    )
    metric = models.ForeignKey(
        MetricDefinition,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="themes",
        verbose_name="linked measure",
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.PERSON)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    position = models.PositiveSmallIntegerField(default=100)
    pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["-pinned", "position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(status="active"),
                name="themes_theme_name_once",
                violation_error_message="Another theme already has this name.",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="themes_theme_not_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="themes_theme_merged_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_address("themes:theme-detail", self.pk)


class ThemeRun(models.Model):
    """One analysis of all comments: what it used, how far it is, what came out."""

    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="theme_run")
    grain = models.CharField(max_length=8, default="medium")
    seed = models.PositiveIntegerField(default=1)
    model = models.CharField("vectors", max_length=60)
    taxonomy = models.CharField("digest of the taxonomy used", max_length=32, blank=True)
    last_item_id = models.BigIntegerField("read up to", default=0)
    comments = models.PositiveIntegerField(default=0)
    placed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    suggestions = models.PositiveIntegerField(default=0)
    gained = models.JSONField("comments gained, by theme", default=dict)
    lost = models.JSONField("comments lost, by theme", default=dict)
    sizes = models.JSONField("comments afterwards, by theme", default=dict)
    places = models.JSONField("place on the map, by theme", default=dict)
    found_new = models.JSONField("names of suggestions not seen before", default=list)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Analysis {self.pk}"


class Reading(models.Model):
    """What the engine made of one item as a whole, and with which taxonomy."""

    item = models.OneToOneField(FeedbackItem, on_delete=models.CASCADE, related_name="reading")
    text_digest = models.CharField(max_length=32)
    taxonomy = models.CharField(max_length=32, blank=True)
    is_comment = models.BooleanField(default=True)
    language = models.CharField(max_length=8, default="en")
    sentiment = models.FloatField(null=True, blank=True)
    sentiment_label = models.CharField(max_length=9, choices=Sentiment, blank=True)
    read_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["is_comment", "item"])]

    def __str__(self) -> str:
        return f"Reading of {self.item_id}"


class Segment(models.Model):
    """One sentence or clause of an item, by its place in the text, with its vector (float16).

    The spare vector is of the model that is switched to next, or was before the item is read again.
    """

    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    sentiment = models.FloatField(null=True, blank=True)
    sentiment_label = models.CharField(max_length=9, choices=Sentiment, blank=True)
    vector = models.BinaryField(null=True, blank=True)
    model = models.CharField(max_length=60, blank=True)
    spare_vector = models.BinaryField(null=True, blank=True)
    spare_model = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["item_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="themes_segment_once"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="themes_segment_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}:{self.position}"


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Assignments of the items whose words this user may read; nobody else's, not even as HR."""
        return self.filter(may_read_item(user))

    def by_people(self) -> Self:
        return self.filter(source=Assignment.Source.PERSON)


class Assignment(models.Model):
    """An item carries a theme. ``why`` keeps the words that caused it, by place, and like examples."""

    class Source(models.TextChoices):
        ENGINE = "engine", "Suggested"
        PERSON = "person", "Confirmed"

    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="assignments")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="assignments")
    segment = models.ForeignKey(
        Segment, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    confidence = models.FloatField()
    source = models.CharField(max_length=6, choices=Source, default=Source.ENGINE)
    sentiment_label = models.CharField(max_length=9, choices=Sentiment, blank=True)
    why = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-confidence", "pk"]
        indexes = [
            models.Index(fields=["theme", "-confidence"]),
            models.Index(fields=["source", "confidence", "id"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "theme"], name="themes_assignment_once"),
            models.CheckConstraint(condition=UNIT_INTERVAL, name="themes_assignment_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} is about {self.theme_id}"

    @property
    def is_confirmed(self) -> bool:
        return self.source == self.Source.PERSON


class Correction(models.Model):
    """What one person said about one item and theme. It outlives every analysis; the latest word counts."""

    class Verdict(models.TextChoices):
        RIGHT = "right", "belongs here"
        WRONG = "wrong", "does not belong here"

    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="theme_corrections")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="corrections")
    verdict = models.CharField(max_length=5, choices=Verdict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="theme_corrections"
    )
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    is_ruling = models.BooleanField("settles a disagreement", default=False)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "theme", "by"], name="themes_correction_one_voice")
        ]
        indexes = [models.Index(fields=["theme", "verdict"])]

    def __str__(self) -> str:
        return f"{self.item_id} {self.get_verdict_display()} {self.theme_id}"


class ThemeSuggestionQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Suggestions show words of comments, so only those who read comments see them."""
        access = user.access
        return self if access.can("themes.read") and access.can("feedback.read") else self.none()

    def open(self) -> Self:
        return self.filter(status=ThemeSuggestion.Status.OPEN)


class ThemeSuggestion(models.Model):
    """A cluster found in what fits nowhere yet. Its key stays the same from run to run."""

    class Status(models.TextChoices):
        OPEN = "open", "Waiting"
        PROMOTED = "promoted", "Made a theme"
        MERGED = "merged", "Merged into a theme"
        DISMISSED = "dismissed", "Dismissed"
        GONE = "gone", "No longer found"

    name = models.CharField(max_length=120)
    phrases = models.JSONField(default=list)
    size = models.PositiveIntegerField()
    agents = models.PositiveIntegerField(default=0)
    first_on = models.DateField(null=True, blank=True)
    cohesion = models.FloatField()
    nearest = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    nearness = models.FloatField(default=0)
    centroid = models.BinaryField()
    model = models.CharField(max_length=60)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    theme = models.ForeignKey(
        Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="suggestions"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_size = models.PositiveIntegerField("size when decided", default=0)
    run = models.ForeignKey(ThemeRun, null=True, on_delete=models.SET_NULL, related_name="found")

    objects = ThemeSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-size", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_address("themes:suggestion-detail", self.pk)


class SuggestionItem(models.Model):
    """An item of a suggestion, and how near its middle it lies."""

    suggestion = models.ForeignKey(ThemeSuggestion, on_delete=models.CASCADE, related_name="members")
    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="+")
    closeness = models.FloatField()

    class Meta:
        ordering = ["-closeness"]
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "item"], name="themes_suggestion_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.suggestion_id}"
