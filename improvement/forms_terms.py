"""What is bound by the agreement of an action, as a form."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django import forms

from ccperf.core.dates import refuse_implausible_day, today
from ccperf.core.forms import BaseForm
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.scopes import Scope
from ccperf.metrics.wording import beyond_bounds
from improvement.amounts import parse_amount
from improvement.measures import measured_lately
from improvement.wording import LEADER, TEAM, PromiseTerms, Terms

PROMISES_PER_SIDE = 3
WEEKS = 12
RARE = frozenset({"owner", "named", "quorum", "guard_metric", "guard_limit", "starts_on", "check_every_days"})
"""Fields whose usual value serves most actions."""


class PromiseSide(NamedTuple):
    """What one side promises, as form fields: each promise with its day."""

    title: str
    first: tuple[forms.BoundField, forms.BoundField]
    more: list[tuple[forms.BoundField, forms.BoundField]]

    @property
    def is_open(self) -> bool:
        """Whether a further promise is written or wrong, so that it must not be folded away."""
        return any(field.value() or field.errors for pair in self.more for field in pair)


def day_field(label: str, **options: Any) -> forms.DateField:
    """A day with the browser's own picker."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=[refuse_implausible_day], **options)


def _with_figures_first(metrics: Iterable[MetricDefinition], measured: set[int]) -> list[tuple]:
    """Measures as choices: those that can show anything before those without a figure."""
    groups: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for metric in metrics:
        groups[metric.pk in measured].append((metric.key, str(metric)))
    if not (groups[True] and groups[False]):
        return groups[True] or groups[False]
    return [("With figures", groups[True]), ("Without figures in recent months", groups[False])]


class TermsForm(BaseForm):
    """What is bound by the agreement: what, when, measured by what, promised by whom."""

    rare_words = "Guard, start and check-ins"
    """What the page folds away, in words."""

    title = forms.CharField(
        label="Title",
        max_length=120,
        help_text="What people will call it. Begin with a verb.",
        error_messages={"required": "Give it a name that says what will be done."},
    )
    what = forms.CharField(
        label="What will be done differently",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One thing that somebody can see being done.",
        error_messages={"required": "Say what will be done differently."},
    )
    metric = forms.ModelChoiceField(
        label="Measure that will show it",
        queryset=MetricDefinition.objects.none(),
        to_field_name="key",
        required=False,
        empty_label="No measure, we talk about it",
        help_text="Optional. Without a measure there is no verdict, only your words.",
    )
    target_value = forms.CharField(
        label="Target",
        required=False,
        max_length=20,
        help_text="Optional. In the unit of the measure, for example 76% or 594 s.",
    )
    guard_metric = forms.ModelChoiceField(
        label="Guard measure",
        queryset=MetricDefinition.objects.none(),
        to_field_name="key",
        required=False,
        empty_label="No guard measure",
        help_text="Optional. What must not get worse meanwhile.",
    )
    guard_limit = forms.CharField(
        label="The guard must not pass",
        required=False,
        max_length=20,
        help_text="Optional. For example 610 s.",
    )
    starts_on = day_field("Starts on", initial=today)
    due_on = day_field(
        "Review on", help_text="When we look whether it worked. Twelve weeks show most changes."
    )
    check_every_days = forms.IntegerField(
        label="Days between check-ins", min_value=1, max_value=180, initial=28
    )

    def subjects(self) -> list[Scope]:
        """Whose figures the measure is chosen for."""
        raise NotImplementedError

    def narrow(self) -> None:
        for side, label in ((TEAM, "They will"), (LEADER, "I will in return")):
            for number in range(1, PROMISES_PER_SIDE + 1):
                self.fields[f"{side}_{number}"] = forms.CharField(
                    label=f"{label}, {number}", required=False, max_length=200
                )
                self.fields[f"{side}_{number}_due"] = day_field(f"{label}, {number}, by", required=False)
        metrics = MetricDefinition.objects.active()
        listed = _with_figures_first(metrics, measured_lately(self.subjects()))
        for name in ("metric", "guard_metric"):
            field = self.fields[name]
            field.queryset = metrics
            field.choices = [("", field.empty_label), *listed]
        self.fields["due_on"].initial = today() + timedelta(weeks=WEEKS)

    def promise_sides(self) -> list[PromiseSide]:
        """The promise fields by side, for the page."""
        sides = []
        for side, title in ((TEAM, "They will"), (LEADER, "I will in return")):
            numbers = range(1, PROMISES_PER_SIDE + 1)
            first, *more = [(self[f"{side}_{n}"], self[f"{side}_{n}_due"]) for n in numbers]
            sides.append(PromiseSide(title, first, more))
        return sides

    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that every action needs thought for, without the promises."""
        apart = (f"{TEAM}_", f"{LEADER}_")
        fields = self.visible_fields()
        return [field for field in fields if not field.name.startswith(apart) and field.name not in RARE]

    def rare_fields(self) -> list[forms.BoundField]:
        """The fields whose usual value serves most actions; folded away on the page."""
        return [field for field in self.visible_fields() if field.name in RARE]

    def has_rare_error(self) -> bool:
        return any(name in RARE for name in self.errors)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        metric, guard = data.get("metric"), data.get("guard_metric")
        self._amount(data, "target_value", metric, "Choose the measure that the target belongs to.")
        self._amount(data, "guard_limit", guard, "Choose the guard measure that the limit belongs to.")
        if metric and guard == metric:
            self.add_error("guard_metric", "The guard must be another measure than the one to improve.")
        starts_on, due_on = data.get("starts_on"), data.get("due_on")
        if starts_on and due_on and due_on <= starts_on:
            self.add_error("due_on", "The review must come after the start. Choose a later day.")
        return data

    def _amount(self, data: dict[str, Any], name: str, metric: MetricDefinition | None, orphan: str) -> None:
        text = data.get(name, "").strip()
        data[name] = None
        if not text:
            return
        if metric is None:
            self.add_error(name, orphan)
            return
        try:
            data[name] = parse_amount(text, metric.unit)
        except ValueError as error:
            self.add_error(name, f"{error} {metric.short_name} is in {metric.get_unit_display()}.")
            return
        if beyond := beyond_bounds(metric, data[name]):
            self.add_error(name, beyond)

    def terms(self) -> Terms:
        """The valid form as terms."""
        data = self.cleaned_data
        promises = [
            PromiseTerms(side, data[f"{side}_{n}"], str(data[f"{side}_{n}_due"] or ""))
            for side in (TEAM, LEADER)
            for n in range(1, PROMISES_PER_SIDE + 1)
            if data[f"{side}_{n}"].strip()
        ]
        return Terms(
            title=data["title"],
            what=data["what"],
            starts_on=str(data["starts_on"]),
            due_on=str(data["due_on"]),
            check_every_days=data["check_every_days"],
            metric=data["metric"].key if data["metric"] else "",
            target_value=data["target_value"],
            guard_metric=data["guard_metric"].key if data["guard_metric"] else "",
            guard_limit=data["guard_limit"],
            promises=tuple(promises),
        )
