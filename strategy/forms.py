"""Forms about objectives."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Model, Q

from ccperf.core.dates import today
from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin, offer_by_name
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person, RoleAssignment, Site, Team, User
from strategy.models import Objective, ObjectiveMeasure
from strategy.services import MeasureChoice

MEASURE_SLOTS = 4
WANTED_SLOTS = 2


def select(queryset, label: str, *, required: bool = False, empty: str) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        queryset,
        label=label,
        required=required,
        empty_label=empty,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def offered(field: forms.ModelChoiceField, rows: Sequence[Model]) -> forms.ModelChoiceField:
    """Let several fields offer the same rows, read once; what is sent is still checked in the database."""
    field.choices = [("", field.empty_label), *((row.pk, str(row)) for row in rows)]
    return field


def words(label: str, limit: int, *, required: bool = False, help_text: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control"})
    return forms.CharField(
        label=label, max_length=limit, required=required, help_text=help_text, widget=widget
    )


def prose(label: str, *, required: bool = False, rows: int = 3, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "form-control", "rows": rows})
    return forms.CharField(
        label=label, required=required, max_length=4000, help_text=help_text, widget=widget
    )


def day(label: str, *, required: bool = False, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, **options)


def answerable_people(user: User):
    """Whom one may name as owner or sponsor: those in charge today, and whom the user sees anyway.

    Who holds a role in charge is no secret inside the organisation; of everyone else only visible names show.
    """
    in_charge = RoleAssignment.objects.on(today()).filter(role__in=["supervisor", "manager", "hr"])
    visible = Person.objects.visible_to(user).values("pk")
    if user.access.can("strategy.write"):
        visible = Person.objects.filter(pk=user.access.person_id).values("pk")
    return Person.objects.filter(Q(pk__in=in_charge.values("person_id")) | Q(pk__in=visible)).order_by("name")


class ObjectiveFields(BaseForm):
    """What an objective says and how it is measured."""

    title = words("What do we want to reach?", 160, required=True)
    description = prose("What it means")
    level = forms.ChoiceField(label="For whom?", choices=Objective.Level, widget=forms.RadioSelect)
    site = select(Site.objects.order_by("name"), "Site", empty="The whole centre")
    team = select(Team.objects.none(), "Team", empty="No single team")
    parent = select(Objective.objects.none(), "Serves the objective", empty="None above it")
    source_document = words(
        "Where it is written", 160, required=True, help_text="Strategy, board paper, policy or plan."
    )
    source_place = words("Page or section", 80)
    owner = select(Person.objects.none(), "Owner", required=True, empty="Choose")
    starts_on = day("From", required=True)
    last_day = day("Until", help_text="Last day. Empty while no end is set.")

    def __init__(self, *args, objective: Objective | None = None, **kwargs):
        self.objective = objective
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        parents = Objective.objects.visible_to(self.user).open()
        if self.objective:
            parents = parents.exclude(pk=self.objective.pk)
        self.fields["parent"].queryset = parents
        self.fields["team"].queryset = Team.objects.performance_visible_to(self.user).order_by("name")
        offer_by_name(self.fields["owner"], answerable_people(self.user))
        metrics = MetricDefinition.objects.active()
        listed = list(metrics)
        for slot in range(1, MEASURE_SLOTS + 1):
            self.fields[f"metric_{slot}"] = offered(
                select(metrics, f"Measure {slot}", empty="No measure"), listed
            )
            self.fields[f"part_{slot}"] = forms.ChoiceField(
                label=f"Measure {slot} shows",
                choices=ObjectiveMeasure.Part,
                required=False,
                widget=forms.Select(attrs={"class": "form-select"}),
            )
        for slot in range(1, WANTED_SLOTS + 1):
            self.fields[f"wanted_{slot}"] = words(f"Measure still wanted {slot}", 160)

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("level") == Objective.Level.TEAM and not cleaned.get("team"):
            self.add_error("team", "Choose the team.")
        starts_on, last_day = cleaned.get("starts_on"), cleaned.get("last_day")
        if starts_on and last_day and last_day < starts_on:
            self.add_error("last_day", "The last day is before the first. Check both days.")
        chosen = [cleaned.get(f"metric_{slot}") for slot in range(1, MEASURE_SLOTS + 1)]
        for slot, metric in enumerate(chosen, start=1):
            if metric and metric in chosen[: slot - 1]:
                self.add_error(f"metric_{slot}", "This measure is chosen already. Choose each once.")
        return cleaned

    def facts(self) -> dict[str, object]:
        names = ("title", "description", "level", "site", "team", "parent", "source_document")
        facts = {name: self.cleaned_data[name] for name in (*names, "source_place", "owner", "starts_on")}
        last_day = self.cleaned_data["last_day"]
        facts["ends_before"] = last_day + timedelta(days=1) if last_day else None
        return facts

    def measures(self) -> list[MeasureChoice]:
        cleaned = self.cleaned_data
        chosen = [
            MeasureChoice(metric=metric, part=cleaned[f"part_{slot}"] or ObjectiveMeasure.Part.OUTCOME)
            for slot in range(1, MEASURE_SLOTS + 1)
            if (metric := cleaned[f"metric_{slot}"])
        ]
        wanted = [cleaned[f"wanted_{slot}"].strip() for slot in range(1, WANTED_SLOTS + 1)]
        return chosen + [MeasureChoice(wanted=name) for name in wanted if name]


class ObjectiveForm(SubmissionMixin, ObjectiveFields):
    """Write a new objective."""


class ObjectiveEditForm(VersionMixin, ObjectiveFields):
    """Change an objective, from the version that was read."""


class ConfirmForm(VersionMixin, BaseForm):
    """Confirm an objective as it was read."""


class CloseForm(BaseForm):
    """Why an objective ends."""

    reason = words(
        "Why it ends", 300, required=True, help_text="Reached, replaced, or given up: say which and why."
    )


def initial_of(objective: Objective) -> dict[str, object]:
    """What the edit form starts from; measures beyond its slots cannot exist, because it wrote them."""
    names = ("title", "description", "level", "site", "team", "parent", "source_document", "source_place")
    initial: dict[str, object] = {name: getattr(objective, name) for name in names}
    initial |= {"owner": objective.owner_id, "starts_on": objective.starts_on, "version": objective.version}
    if objective.ends_before:
        initial["last_day"] = objective.ends_before - timedelta(days=1)
    rows = list(objective.measures.select_related("metric"))
    for slot, row in enumerate([row for row in rows if row.metric_id], start=1):
        initial |= {f"metric_{slot}": row.metric_id, f"part_{slot}": row.part}
    for slot, row in enumerate([row for row in rows if not row.metric_id], start=1):
        initial[f"wanted_{slot}"] = row.wanted
    return initial
