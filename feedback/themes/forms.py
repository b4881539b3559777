"""Forms of the theme room."""

from django import forms

from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin
from ccperf.people.models import Person
from feedback.themes.engine.text import phrases_of
from feedback.themes.models import Theme
from feedback.themes.selectors import theme_choices
from feedback.themes.services import GRAINS


class MoveForm(BaseForm):
    """Which theme a comment belongs to instead."""

    to = forms.ModelChoiceField(
        queryset=Theme.objects.none(),
        label="Belongs to",
        error_messages={
            "required": "Choose the theme it belongs to.",
            "invalid_choice": "This theme is no longer in use. Choose another one.",
        },
    )

    def narrow(self) -> None:
        self.fields["to"].queryset = Theme.objects.visible_to(self.user).live()


class RunForm(BaseForm):
    """How finely new themes are cut."""

    grain = forms.ChoiceField(
        label="New themes", choices=[(grain, grain.capitalize()) for grain in GRAINS], initial="medium"
    )


class ThemeForm(BaseForm):
    """A theme as people describe it."""

    name = forms.CharField(max_length=80, help_text="Two or three words that people here would use.")
    definition = forms.CharField(max_length=300, required=False, help_text="What belongs to it, in one line.")
    phrases = forms.CharField(
        label="Typical phrases",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="What people write, separated by semicolons. Five to ten are enough.",
    )
    attribution = forms.ChoiceField(label="It is a matter of", choices=Theme.Attribution.choices)
    parent = forms.TypedChoiceField(label="Part of", required=False, coerce=int, empty_value=None)
    owner = forms.ModelChoiceField(queryset=Person.objects.none(), required=False, empty_label="Nobody yet")

    def narrow(self) -> None:
        upper = [row for row in theme_choices() if ": " not in row[1]]
        self.fields["parent"].choices = [("", "The upper level"), *upper]
        self.fields["owner"].queryset = Person.objects.visible_to(self.user).order_by("name")

    def clean_phrases(self) -> list[str]:
        return phrases_of(self.cleaned_data["phrases"])

    def description(self) -> dict:
        """The fields as the services take them."""
        data = {
            name: self.cleaned_data[name]
            for name in ("name", "definition", "phrases", "attribution", "owner")
        }
        parent = self.cleaned_data["parent"]
        return data | {"parent": Theme.objects.live().filter(pk=parent).first() if parent else None}


class NewThemeForm(SubmissionMixin, ThemeForm):
    """A theme that nobody had before."""


class EditThemeForm(VersionMixin, ThemeForm):
    """Changes to a theme."""


class PromoteForm(SubmissionMixin, BaseForm):
    """What a found theme is called and a matter of."""

    name = forms.CharField(max_length=80)
    attribution = forms.ChoiceField(label="It is a matter of", choices=Theme.Attribution.choices)
    parent = forms.TypedChoiceField(label="Part of", required=False, coerce=int, empty_value=None)

    def narrow(self) -> None:
        upper = [row for row in theme_choices() if ": " not in row[1]]
        self.fields["parent"].choices = [("", "The upper level"), *upper]


class MergeForm(BaseForm):
    """Where everything of a theme goes."""

    into = forms.ModelChoiceField(
        queryset=Theme.objects.none(),
        label="Merge into",
        error_messages={"required": "Choose the theme it is to be merged into."},
    )

    def narrow(self) -> None:
        self.fields["into"].queryset = Theme.objects.visible_to(self.user).live()
