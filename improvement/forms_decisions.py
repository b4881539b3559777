"""Forms about decisions on themes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q

from ccperf.core.dates import today
from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin
from ccperf.people.models import Person, Team
from feedback.forms import MaskedTextMixin
from feedback.themes.models import Theme
from feedback.themes.selectors import theme_choices
from improvement.decision_board import open_decisions
from improvement.forms import MANY, leaders_and_self
from improvement.forms_terms import WEEKS, day_field
from improvement.models_decisions import ThemeDecision

ALL_TEAMS = "all"


class ChangeDecisionForm(VersionMixin, BaseForm):
    """What is decided, why, and who sees to it until when."""

    kind = forms.ChoiceField(
        label="What is decided",
        choices=ThemeDecision.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is decided."},
    )
    combined_with = forms.ModelChoiceField(
        label="Combined with",
        queryset=Theme.objects.none(),
        required=False,
        help_text="Only when it is combined: the theme whose decision covers this one too.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In words that the teams may read. They see it once they are told.",
        error_messages={"required": "Say in a sentence why."},
    )
    owner = forms.ModelChoiceField(
        label="Who sees to it",
        queryset=Person.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "Choose one of your people, or yourself."},
    )
    due_on = day_field(
        "People hear what came of it by",
        help_text="The clock. For an action, after its review; for the others a week or two is enough.",
    )

    def narrow(self) -> None:
        themes = self.fields["combined_with"]
        themes.queryset = Theme.objects.visible_to(self.user).live()
        self.themes = theme_choices()
        themes.choices = [("", "No other theme"), *self.themes]
        self._offer_owners(self.fields["owner"])
        self.fields["due_on"].initial = today() + timedelta(weeks=WEEKS)

    def _offer_owners(self, field: forms.ModelChoiceField) -> None:
        """The user's people and whoever owns the decision now; of too many, those who lead."""
        owner = self.initial.get("owner")
        present = Q(pk=owner.pk) if owner else Q()
        people = Person.objects.performance_visible_to(self.user)
        if owner:
            people = Person.objects.filter(Q(pk__in=people.values("pk")) | present)
        names = people.values_list("pk", "name")
        offered = list(names if self.is_bound else names[: MANY + 1])
        if len(offered) > MANY and not self.is_bound:
            teams = Team.objects.performance_visible_to(self.user).open()
            offered = list(names.filter(leaders_and_self(self.user, teams) | present))
            field.help_text = "Of your many people, those who lead a team are listed."
        field.queryset, field.choices = people, offered
        field.initial = self.user.access.person_id

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if "due_on" in self.changed_data and day < today():
            raise forms.ValidationError("This day has gone by. Choose today or a later day.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_combined = data.get("kind") == ThemeDecision.Kind.COMBINE
        if is_combined and not data.get("combined_with") and "combined_with" not in self.errors:
            self.add_error("combined_with", "Choose the theme it is combined with.")
        if not is_combined:
            data["combined_with"] = None
        return data

    def decided(self) -> dict[str, Any]:
        """What both services need."""
        keys = ("kind", "combined_with", "reason", "owner", "due_on")
        return {key: self.cleaned_data[key] for key in keys}


class DecisionForm(SubmissionMixin, ChangeDecisionForm):
    """A new decision: on which theme, and for which teams."""

    version = None
    theme = forms.ModelChoiceField(
        label="Theme", queryset=Theme.objects.none(), error_messages={"required": "Choose the theme."}
    )
    teams = forms.ChoiceField(label="It holds for", error_messages={"required": "Choose the teams."})

    field_order = ("theme", "kind", "combined_with", "reason", "teams", "owner", "due_on")

    def narrow(self) -> None:
        super().narrow()
        self.fields["theme"].queryset = self.fields["combined_with"].queryset
        self.fields["theme"].choices = [("", "Choose one"), *self.themes]
        self.led = list(Team.objects.performance_visible_to(self.user).open())
        self._undecided: dict[int, list[Team]] = {}
        names = [(str(team.pk), f"Team {team.name}") for team in self.led]
        every = [(ALL_TEAMS, f"All {len(names)} teams of mine")] if len(names) != 1 else []
        self.fields["teams"].choices = every + names

    def chosen_teams(self, theme: Theme, value: str | None) -> list[Team]:
        """The team that is chosen; *all*, or none, means those that have no decision on the theme yet."""
        chosen = [team for team in self.led if value == str(team.pk)]
        return chosen or self.undecided(theme) or self.led

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("theme") and data["theme"] == data.get("combined_with"):
            self.add_error("combined_with", "Choose another theme than this one.")
        if not self.led:
            self.add_error(None, "You lead or manage no team today, so there is nobody to decide for.")
        return data

    def decision(self) -> dict[str, Any]:
        """What ``decide_theme`` needs."""
        theme = self.cleaned_data["theme"]
        teams = self.chosen_teams(theme, self.cleaned_data["teams"])
        return {"theme": theme, "teams": teams, **self.decided()}

    def undecided(self, theme: Theme) -> list[Team]:
        """The teams of this user for which nothing is decided about the theme; looked up once."""
        if theme.pk not in self._undecided:
            decisions = open_decisions(theme.pk, [team.pk for team in self.led]).order_by().values("pk")
            links = ThemeDecision.teams.through.objects.filter(themedecision_id__in=decisions)
            decided = set(links.values_list("team_id", flat=True))
            self._undecided[theme.pk] = [team for team in self.led if team.pk not in decided]
        return self._undecided[theme.pk]


class TellForm(SubmissionMixin, VersionMixin, MaskedTextMixin, BaseForm):
    """What the teams are told."""

    text = forms.CharField(
        label="What they are told",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you heard, what was decided, and what came of it. Everybody in the teams gets it.",
        error_messages={"required": "Write what the teams are told."},
    )


class BoardFilterForm(BaseForm):
    """Narrows the board."""

    q = forms.CharField(label="Words", required=False, max_length=120)
    kind = forms.ChoiceField(
        label="Decision", required=False, choices=[("", "Any decision"), *ThemeDecision.Kind.choices]
    )
    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.none(), required=False, empty_label="Any team"
    )
    late = forms.ChoiceField(label="Clock", required=False, choices=[("", "Any"), ("1", "Late")])
    stage = forms.ChoiceField(required=False, choices=ThemeDecision.Stage.choices, widget=forms.HiddenInput)

    def narrow(self) -> None:
        self.fields["team"].queryset = Team.objects.performance_visible_to(self.user).open()
