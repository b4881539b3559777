"""Choosing a period, and adding a target."""

from datetime import date, timedelta
from typing import cast

from django import forms

from ccperf.core.dates import add_months, refuse_implausible_day, today
from ccperf.core.forms import BaseForm, SubmissionMixin
from ccperf.metrics.analysis_examples import EXAMPLES_OF_VALUES, ValueRefused, read_value
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.saved import SavedView
from ccperf.metrics.saving import checked_address
from ccperf.metrics.selectors import SPANS, Grain
from ccperf.metrics.wording import beyond_bounds, wrong_side
from ccperf.people.models import Site, Team

# Before this no centre kept figures; periods counted back from much earlier days leave the calendar.
EARLIEST = date(1990, 1, 1)
SPAN_CHOICES = [
    ("day-84", "Last 84 days"),
    ("week-12", "Last 12 weeks"),
    ("week-26", "Last 26 weeks"),
    ("week-52", "Last 52 weeks"),
    ("month-13", "Last 13 months"),
    ("month-24", "Last 24 months"),
]
DAYS, WEEKS, MONTHS = "day-84", "week-12", "month-13"
GRAINS = ((DAYS, "Day"), (WEEKS, "Week"), (MONTHS, "Month"))


class PeriodForm(BaseForm):
    """Which complete periods to show; anything unreadable falls back to the ``usual`` of the page."""

    span = forms.ChoiceField(label="Period", choices=SPAN_CHOICES, required=False)
    end = forms.DateField(label="Up to", required=False, widget=forms.HiddenInput)

    def __init__(self, *args, usual: str = WEEKS, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.usual = usual

    def chosen(self) -> tuple[Grain, int, date | None]:
        """Grain, number of periods, and the day before which they end (None: the usual).

        *Up to* a day includes it: up to 31 July shows July.
        """
        self.is_valid()
        by, _, count = (self.cleaned_data.get("span") or self.usual).partition("-")
        end = self.cleaned_data.get("end")
        return (
            cast("Grain", by),
            int(count or SPANS[by]),
            end + timedelta(days=1) if end and EARLIEST <= end <= add_months(today(), 1) else None,
        )


class TargetForm(SubmissionMixin, BaseForm):
    """A target from a day on, for everybody, a site or a team, in the units people read."""

    starts_on = forms.DateField(
        label="From",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The first day it holds.",
        validators=[refuse_implausible_day],
    )
    low = forms.CharField(label="At least", required=False)
    high = forms.CharField(label="At most", required=False)
    site = forms.ModelChoiceField(
        label="Only for site", queryset=Site.objects.none(), required=False, empty_label="All sites"
    )
    team = forms.ModelChoiceField(
        label="Only for team", queryset=Team.objects.none(), required=False, empty_label="All teams"
    )

    def __init__(self, *args, metric: MetricDefinition, **kwargs) -> None:
        self.metric = metric
        super().__init__(*args, **kwargs)
        example = f"For example {EXAMPLES_OF_VALUES[metric.unit]}."
        self.fields["low"].help_text = self.fields["high"].help_text = example

    def narrow(self) -> None:
        self.fields["site"].queryset = Site.objects.all()
        self.fields["team"].queryset = Team.objects.visible_to(self.user).open()

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        bounds = {name: self._value(name, cleaned.get(name) or "") for name in ("low", "high")}
        cleaned.update(bounds)
        low, high = bounds["low"], bounds["high"]
        if low is None and high is None and not {"low", "high"} & self.errors.keys():
            self.add_error("low", "Give a lowest or a highest value, or both for a band.")
        if low is not None and high is not None and low > high:
            self.add_error("high", "The highest value is below the lowest. Change one of them.")
        starts_on = cleaned.get("starts_on")
        if starts_on and not self.errors:
            direction = self.metric.definition_on(starts_on).direction
            if wrong := wrong_side(direction, low, high):
                self.add_error(*wrong)
        if cleaned.get("site") and cleaned.get("team"):
            self.add_error("team", "Choose a site or a team, not both.")
        return cleaned

    def _value(self, name: str, text: str) -> float | None:
        """The value in stored units; another unit, or what the measure can never reach, is refused."""
        if not text.strip():
            return None
        try:
            value = read_value(text, self.metric.unit).value
        except ValueRefused as problem:
            self.add_error(name, str(problem))
            return None
        if beyond := beyond_bounds(self.metric, value):
            self.add_error(name, beyond)
        return value


class TargetEndForm(BaseForm):
    """From which day on a target no longer holds."""

    ends_before = forms.DateField(
        label="No longer from",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The first day without it: today or later.",
        validators=[refuse_implausible_day],
    )


class SavedViewForm(SubmissionMixin, BaseForm):
    """The name of a kept view, whether it stands on home, and who else finds it."""

    address = forms.CharField(widget=forms.HiddenInput, max_length=2000)
    name = forms.CharField(
        label="Name", max_length=80, help_text="For example: Harbour, satisfaction by month."
    )
    is_pinned = forms.BooleanField(label="Show it on my home page", required=False)
    shared_with = forms.ChoiceField(
        label="Who else finds it",
        choices=SavedView.Shared.choices,
        required=False,
        help_text="Found by those who may open the page; it shows every reader only what they may see.",
    )

    def clean_address(self) -> str:
        return checked_address(self.cleaned_data["address"])
