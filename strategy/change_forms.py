"""Forms about changes."""

from typing import Any

from django import forms

from ccperf.core.dates import refuse_implausible_day
from ccperf.core.forms import BaseForm, SeveralField, SubmissionMixin, VersionMixin
from ccperf.metrics.models import MetricDefinition, Queue
from ccperf.people.models import Person, Team
from strategy.forms import answerable_people, day, prose, select, words
from strategy.models import Change, ChangeFactor

LEVELS = [(0, "Not at all"), (1, "A little"), (2, "Clearly"), (3, "Very much")]


def several(queryset, label: str, help_text: str = "") -> SeveralField:
    return SeveralField(  # Ticks, because a list box of many names hides what is chosen.
        queryset,
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def one_of(label: str, choices, *, required: bool = True) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget)


def planned(label: str, **options: Any) -> forms.DateField:
    """A day of a change: charts begin their limits anew there, so a slip in the year is refused."""
    return day(label, required=True, validators=[refuse_implausible_day], **options)


class ChangeFields(BaseForm):
    """What changes, for whom, and when."""

    title = words("What changes?", 120, required=True)
    category = one_of("Kind of change", Change.Category.choices)
    origin = forms.ChoiceField(label="Whose change is it?", choices=Change.Origin, widget=forms.RadioSelect)
    description = prose("What will be different for people?", required=True)
    reason = prose("Why it matters", required=True, rows=2)
    teams = several(Team.objects.none(), "Teams it reaches", "None chosen means every team.")
    queues = several(Queue.objects.select_related("site").order_by("name"), "Queues it reaches")
    metrics = several(MetricDefinition.objects.active(), "Measures it may move")
    roles_affected = words("Roles it reaches", 160)
    starts_on = planned("Asks effort of people from", help_text="First briefing or training.")
    goes_live_on = planned("Goes live on")
    ends_on = planned("Embedded by", help_text="When it asks no more effort.")
    size = forms.ChoiceField(label="Size", choices=Change.Size, widget=forms.RadioSelect)
    hours_per_person = forms.DecimalField(
        label="Hours a person, in all",
        required=False,
        min_value=0,
        max_value=999,
        decimal_places=1,
        help_text="Briefing, training and getting used to it.",
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.5"}),
    )
    sponsor = select(Person.objects.none(), "Sponsor", empty="Not named yet")
    owner = select(Person.objects.none(), "Owner", empty="Not named yet")

    def narrow(self) -> None:
        # Names of teams are no secret here: a change may reach teams that its nominator does not lead.
        self.fields["teams"].queryset = Team.objects.open().order_by("name")
        # Queues of several sites often have one name.
        self.fields["queues"].label_from_instance = lambda queue: (
            f"{queue.name}, {queue.site.name}" if queue.site else queue.name
        )
        people = answerable_people(self.user)
        names = list(people.values_list("pk", "name"))  # They are hundreds: no object is made of each.
        for name in ("sponsor", "owner"):
            field = self.fields[name]
            field.queryset, field.choices = people, [("", field.empty_label), *names]

    def clean(self) -> dict:
        cleaned = super().clean()
        starts, live, ends = (cleaned.get(name) for name in ("starts_on", "goes_live_on", "ends_on"))
        if starts and live and live < starts:
            self.add_error("goes_live_on", "It goes live before it asks any effort. Check both days.")
        if live and ends and ends < live:
            self.add_error("ends_on", "It is embedded before it goes live. Check both days.")
        return cleaned

    def facts(self) -> dict[str, object]:
        return {name: value for name, value in self.cleaned_data.items() if name in ChangeFields.base_fields}


class NominateForm(SubmissionMixin, ChangeFields):
    """Put a change forward."""


class ChangeEditForm(VersionMixin, ChangeFields):
    """Correct a change, from the version that was read."""


class ScoreForm(BaseForm):
    """One assessor's answers to every question, each with room for a reason."""

    def __init__(self, *args, factors: list[ChangeFactor], **kwargs):
        self.factors = factors
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        for factor in self.factors:
            self.fields[f"level_{factor.key}"] = forms.TypedChoiceField(
                label=factor.name,
                choices=LEVELS,
                coerce=int,
                help_text=factor.question,
                widget=forms.RadioSelect,
            )
            self.fields[f"reason_{factor.key}"] = words(f"Why, {factor.name.lower()}", 200)

    def levels(self) -> dict[ChangeFactor, int]:
        return {factor: self.cleaned_data[f"level_{factor.key}"] for factor in self.factors}

    def reasons(self) -> dict[ChangeFactor, str]:
        return {factor: self.cleaned_data[f"reason_{factor.key}"] for factor in self.factors}


class DecideForm(VersionMixin, BaseForm):
    """Manage actively, tell or watch, with the reason."""

    outcome = forms.ChoiceField(
        label="What do we do?",
        choices=[choice for choice in Change.Outcome.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    reason = prose("Why", required=True, rows=2)


class MoveForm(BaseForm):
    """One step on, with a word about it."""

    to_status = forms.ChoiceField(choices=Change.Status.choices, widget=forms.HiddenInput)
    text = words("What happened", 300)


class ChangeFilterForm(BaseForm):
    """Narrow the register; a wrong value narrows nothing."""

    state = one_of(
        "Show",
        [("open", "Open"), ("decide", "To decide"), ("all", "All"), *Change.Status.choices],
        required=False,
    )
    category = one_of("Kind", [("", "Any"), *Change.Category.choices], required=False)
    team = select(Team.objects.none(), "Team", empty="Any")

    def narrow(self) -> None:
        self.fields["team"].queryset = Team.objects.open().order_by("name")


def initial_of(change: Change) -> dict[str, object]:
    """What the edit form starts from."""
    links = ("teams", "queues", "metrics")
    initial: dict[str, object] = {
        name: getattr(change, f"{name}_id" if name in ("sponsor", "owner") else name)
        for name in ChangeFields.base_fields
        if name not in links
    }
    initial |= {name: [row.pk for row in getattr(change, name).all()] for name in links}
    return initial | {"version": change.version}
