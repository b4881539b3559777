"""Forms about improvement actions. People and teams are narrowed to the user's scope."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from ccperf.core.forms import BaseForm, SeveralField, SubmissionMixin, VersionMixin
from ccperf.core.identifiers import as_id
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.scopes import Scope
from ccperf.people.models import Leadership, Membership, Person, Team, User
from feedback.models import FeedbackItem
from feedback.themes.models import Theme
from improvement.amounts import amount_text
from improvement.forms_terms import PROMISES_PER_SIDE, TermsForm
from improvement.measures import scope_of
from improvement.models import ImprovementAction
from improvement.wording import LEADER, TEAM, Terms

MANY = 200
"""People of whom a form lists only those nearest to an action."""


def leaders_and_self(user: User, teams: QuerySet[Team]) -> Q:
    """Whom a form lists of too many people: who leads one of the teams, and who acts."""
    leaders = Leadership.objects.on().filter(team__in=teams).values("person")
    return Q(pk=user.access.person_id) | Q(pk__in=leaders)


class ActionForm(SubmissionMixin, TermsForm):
    """A new action: for whom, who answers for it, who is named, and the terms."""

    rare_words = "Who agrees, guard, start and check-ins"

    subject = forms.ChoiceField(
        label="It is for",
        error_messages={
            "required": "Choose a team or a person.",
            "invalid_choice": "Choose one of your teams or people.",
        },
        # Another subject brings its own order of measures; what is chosen stays.
        widget=forms.Select(
            attrs={
                "hx-get": "",
                "hx-include": "#id_metric, #id_guard_metric",
                "hx-select": "#id_metric",
                "hx-target": "#id_metric",
                "hx-select-oob": "#id_guard_metric",
                "hx-swap": "outerHTML",
            }
        ),
    )
    owner = forms.ModelChoiceField(
        label="Who answers for it",
        queryset=Person.objects.none(),
        help_text="They keep the check-ins. Usually the team leader.",
        empty_label=None,
    )
    named = SeveralField(
        label="Who is asked to agree",
        queryset=Person.objects.none(),
        required=False,
        help_text="For a team: choose nobody to ask everybody in it. The person it is for is always asked.",
        widget=forms.CheckboxSelectMultiple,
    )
    quorum = forms.IntegerField(
        label="How many must agree",
        required=False,
        min_value=1,
        max_value=500,
        help_text="Optional. Empty means everybody; whoever disagrees is kept on record either way.",
    )
    why = forms.CharField(
        label="Why",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Optional. What was seen or heard that makes it worth doing.",
    )
    theme = forms.ModelChoiceField(queryset=Theme.objects.none(), required=False, widget=forms.HiddenInput)
    item = forms.ModelChoiceField(
        queryset=FeedbackItem.objects.none(), required=False, widget=forms.HiddenInput
    )

    field_order = ("subject", "title", "what", "why", "owner", "named", "quorum")

    def narrow(self) -> None:
        user = self.user
        teams = Team.objects.performance_visible_to(user).open()
        self.people = Person.objects.performance_visible_to(user)
        names = self.people.values_list("pk", "name")
        offered = list(names if self.is_bound else names[: MANY + 1])
        if len(offered) > MANY and not self.is_bound:
            offered = list(self._near(teams).values_list("pk", "name"))
            self.fields["named"].help_text += " Leaders and those it is for are listed."
            subject = self.fields["subject"]
            subject.help_text = "For one person, choose their team first: its people are listed then."
            subject.widget.attrs["hx-select-oob"] += ", #id_subject"
        own = user.access.person_id
        self.fields["subject"].choices = [
            ("", "Choose a team or a person"),
            ("Teams", [(f"team:{pk}", name) for pk, name in teams.values_list("pk", "name")]),
            ("People", [(f"person:{pk}", name) for pk, name in offered if pk != own]),
        ]
        for name in ("owner", "named"):
            self.fields[name].queryset = self.people
            self.fields[name].choices = offered
        self.fields["owner"].initial = own
        if self.is_bound:  # Hidden fields offer nothing; what they send is looked up.
            self.fields["theme"].queryset = Theme.objects.visible_to(user)
            self.fields["item"].queryset = FeedbackItem.objects.visible_to(user)
        super().narrow()
        self.order_fields(self.field_order)

    def _near(self, teams: QuerySet[Team]) -> QuerySet[Person]:
        """Of too many people to list: who leads one of the teams, who acts, and whom the action is for."""
        kind, _, number = str(self.initial.get("subject", "")).partition(":")
        near = leaders_and_self(self.user, teams)
        if pk := as_id(number):
            members = Membership.objects.on().filter(team=pk).values("person")
            near |= Q(pk__in=members) if kind == "team" else Q(pk=pk)
        return self.people.filter(near)

    def subjects(self) -> list[Scope]:
        """The chosen team or person; before one is chosen, all teams that could be."""
        _, (_, teams), (_, people) = self.fields["subject"].choices
        chosen = (self.data if self.is_bound else self.initial).get("subject")
        known = [value for value, _ in (*teams, *people)]
        wanted = [chosen] if chosen in known else [value for value, _ in teams]
        parts = [value.split(":") for value in wanted]
        return [Scope.team(int(pk)) if kind == "team" else Scope.agent(int(pk)) for kind, pk in parts]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind, _, number = (data.get("subject") or "").partition(":")
        data["team"] = Team.objects.get(pk=int(number)) if kind == "team" else None
        data["person"] = Person.objects.get(pk=int(number)) if kind == "person" else None
        named = list(data.get("named") or [])
        if data["team"] and not named:
            members = Membership.objects.on().filter(team=data["team"]).values("person_id")
            named = list(self.people.filter(pk__in=members))
            if not named:
                self.add_error("subject", f"Team {data['team']} has nobody to ask. Choose another.")
        data["named"] = named
        if data["person"] and data["person"] == getattr(self.user, "person", None) and not named:
            self.add_error("named", "Name at least one other person: nobody can agree with themselves.")
        if data.get("quorum") and data["quorum"] > len(named) + 2:
            self.add_error("quorum", "More must agree than are asked. Choose a smaller number.")
        return data

    def asked(self) -> list[Person]:
        """The people whose work it adds to."""
        data = self.cleaned_data
        return [*data["named"], *([data["person"]] if data["person"] else [])]

    def proposal(self) -> dict[str, Any]:
        """What ``propose_action`` needs."""
        data = self.cleaned_data
        keys = ("owner", "named", "team", "person", "why", "theme", "item", "quorum")
        return {key: data[key] for key in keys} | {"terms": self.terms()}


class ChangeForm(VersionMixin, TermsForm):
    """Another wording of an action."""

    read_as, version = "wording_number", None  # None takes the inherited field away.
    wording_number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="Why change it",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Optional. The others read it beside what changed.",
    )

    def __init__(self, *args, action: ImprovementAction, **kwargs):
        self.action = action
        super().__init__(*args, **kwargs)

    def subjects(self) -> list[Scope]:
        return [scope_of(self.action)]

    @staticmethod
    def initial_of(action: ImprovementAction, terms: Terms) -> dict[str, Any]:
        """The present terms as the form shows them."""
        metrics = MetricDefinition.objects.in_bulk(
            {terms.metric, terms.guard_metric} - {""}, field_name="key"
        )
        units = {key: metric.unit for key, metric in metrics.items()}
        initial: dict[str, Any] = {
            "title": terms.title,
            "what": terms.what,
            "metric": terms.metric,
            "target_value": amount_text(terms.target_value, units.get(terms.metric, "")),
            "guard_metric": terms.guard_metric,
            "guard_limit": amount_text(terms.guard_limit, units.get(terms.guard_metric, "")),
            "starts_on": terms.starts_on,
            "due_on": terms.due_on,
            "check_every_days": terms.check_every_days,
            "wording_number": action.agreement.wording_number,
        }
        for side in (TEAM, LEADER):
            kept = [promise for promise in terms.promises if promise.side == side]
            for number, promise in enumerate(kept[:PROMISES_PER_SIDE], start=1):
                initial[f"{side}_{number}"] = promise.text
                initial[f"{side}_{number}_due"] = promise.due_on or None
        return initial


class ActionFilterForm(BaseForm):
    """Narrows the list of actions."""

    q = forms.CharField(label="Words", required=False, max_length=120)
    about = forms.CharField(label="Person or team", required=False, max_length=120)
    metric = forms.ModelChoiceField(
        label="Measure",
        queryset=MetricDefinition.objects.none(),
        to_field_name="key",
        required=False,
        empty_label="Any measure",
    )
    verdict = forms.ChoiceField(
        label="Verdict", required=False, choices=[("", "Any verdict"), *ImprovementAction.Verdict.choices]
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Any state"),
            ("open", "Open"),
            ("mine", "Waiting for my answer"),
            ("proposed", "Waiting for agreement"),
            ("agreed", "Being done"),
            ("check", "Check-in due"),
            ("stalled", "Stalled"),
            ("overdue", "Review overdue"),
            ("closed", "Closed"),
            ("not_agreed", "Not agreed"),
            ("withdrawn", "Withdrawn"),
        ],
    )

    def narrow(self) -> None:
        self.fields["metric"].queryset = MetricDefinition.objects.all()
