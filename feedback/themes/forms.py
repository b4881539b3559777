"""Forms of the theme room."""

from django import forms
from django.core.exceptions import ValidationError

from ccperf.core.forms import BaseForm, SeveralField, SubmissionMixin, VersionMixin, offer_by_name
from ccperf.core.identifiers import as_id
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person
from feedback.themes.bulk import MOST, WORDS
from feedback.themes.curating import Part
from feedback.themes.engine.text import phrases_of
from feedback.themes.models import Theme
from feedback.themes.quality import SIZES
from feedback.themes.reader import NOWHERE, UNCERTAIN, WAITING, Choice
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


class BulkForm(BaseForm):
    """What is said of the chosen comments; each is given as item and theme, like ``12-5``."""

    do = forms.ChoiceField(
        choices=[(what, what) for what in WORDS],
        error_messages={"required": "Choose what to do with them.", "invalid_choice": "Choose what to do."},
    )
    to = forms.ModelChoiceField(queryset=Theme.objects.none(), required=False)

    def narrow(self) -> None:
        self.fields["to"].queryset = Theme.objects.visible_to(self.user).live()

    def clean(self) -> dict:
        data = super().clean()
        pairs = [_pair(value) for value in self.data.getlist("chosen")[: MOST + 1]]
        data["chosen"] = [pair for pair in pairs if pair]
        if not data["chosen"]:
            raise ValidationError("Choose at least one comment.")
        if len(pairs) > MOST:
            raise ValidationError(f"Choose at most {MOST} comments at a time.")
        if data.get("do") == "move" and not data.get("to"):
            self.add_error("to", "Choose the theme they belong to.")
        return data


def _pair(value: str) -> tuple[int, int] | None:
    item, _, theme = value.partition("-")
    found = as_id(item), as_id(theme)
    return found if all(found) else None


class SettleForm(BaseForm):
    """Whether a comment belongs to a theme."""

    belongs = forms.ChoiceField(choices=[("yes", "It belongs"), ("no", "It does not belong")])


class DrawForm(BaseForm):
    """How large a check sample is."""

    size = forms.TypedChoiceField(
        label="About", coerce=int, choices=[(size, f"{size} comments") for size in SIZES], initial=100
    )


class AnswerForm(BaseForm):
    """The themes that a checker finds in a comment; that there is none has to be said."""

    themes = SeveralField(
        label="What is it about?",
        queryset=Theme.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    nothing = forms.BooleanField(label="None of these", required=False)

    def narrow(self) -> None:
        self.fields["themes"].queryset = Theme.objects.visible_to(self.user).live()
        self.fields["themes"].label_from_instance = self._label
        self.names = dict(theme_choices())

    def _label(self, theme: Theme) -> str:
        return self.names.get(theme.pk, theme.name)

    def clean(self) -> dict:
        data = super().clean()
        if bool(data.get("themes")) == bool(data.get("nothing")):
            raise ValidationError("Choose the themes it is about, or “None of these”.")
        return data


class ReaderForm(BaseForm):
    """Which comments are read one after another."""

    what = forms.ChoiceField(
        label="Comments",
        required=False,
        choices=[
            (WAITING, "Waiting for a check"),
            (NOWHERE, "That fit nowhere"),
            (UNCERTAIN, "Of uncertain mood"),
        ],
    )
    theme = forms.ModelChoiceField(queryset=Theme.objects.none(), required=False, empty_label="All themes")

    def narrow(self) -> None:
        self.fields["theme"].queryset = Theme.objects.visible_to(self.user).live()
        _show_tree(self.fields["theme"])

    def choice(self) -> Choice:
        """What was asked for; a wrong value asks for nothing special."""
        data = self.cleaned_data if self.is_valid() else {}
        return Choice(data.get("what") or WAITING, data.get("theme"))


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
    metric = forms.ModelChoiceField(
        label="Linked measure",
        queryset=MetricDefinition.objects.none(),
        required=False,
        empty_label="None",
        help_text="Its shift is shown, and counts, in the order of where to act.",
    )

    def narrow(self) -> None:
        upper = [row for row in theme_choices() if ": " not in row[1]]
        self.fields["parent"].choices = [("", "The upper level"), *upper]
        offer_by_name(self.fields["owner"], Person.objects.visible_to(self.user).order_by("name"))
        self.fields["metric"].queryset = MetricDefinition.objects.active().order_by("name")

    def clean_phrases(self) -> list[str]:
        return phrases_of(self.cleaned_data["phrases"])

    def description(self) -> dict:
        """The fields as the services take them."""
        data = {
            name: self.cleaned_data[name]
            for name in ("name", "definition", "phrases", "attribution", "owner", "metric")
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

    def __init__(self, *args, theme: Theme | None = None, **kwargs):
        self.theme = theme
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        others = Theme.objects.visible_to(self.user).live()
        self.fields["into"].queryset = others.exclude(pk=self.theme.pk) if self.theme else others
        _show_tree(self.fields["into"], leaving_out=self.theme)


class MergeSuggestionForm(MergeForm):
    """The theme that a suggestion is part of."""


class SplitForm(SubmissionMixin, BaseForm):
    """Up to three parts of a theme, each with its name and phrases."""

    name_1 = forms.CharField(label="First part", max_length=80)
    phrases_1 = forms.CharField(label="Its typical phrases", widget=forms.Textarea(attrs={"rows": 2}))
    name_2 = forms.CharField(label="Second part", max_length=80, required=False)
    phrases_2 = forms.CharField(
        label="Its typical phrases", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    name_3 = forms.CharField(label="Third part", max_length=80, required=False)
    phrases_3 = forms.CharField(
        label="Its typical phrases", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def clean(self) -> dict:
        data = super().clean()
        names = [data.get(f"name_{number}", "").strip().lower() for number in (1, 2, 3)]
        for number in (2, 3):
            name = names[number - 1]
            if data.get(f"phrases_{number}") and not name:
                self.add_error(f"name_{number}", "Name this part, or leave out its phrases.")
            elif name and name in names[: number - 1]:
                self.add_error(f"name_{number}", "Two parts cannot have the same name.")
        return data

    def parts(self) -> list[Part]:
        data = self.cleaned_data
        return [
            Part(data[f"name_{number}"].strip(), phrases_of(data[f"phrases_{number}"]))
            for number in (1, 2, 3)
            if data[f"name_{number}"].strip()
        ]


class ConfirmForm(SubmissionMixin, BaseForm):
    """The press that confirms what a page has shown."""


def _show_tree(field: forms.ModelChoiceField, leaving_out: Theme | None = None) -> None:
    """Offer themes in the order of the tree, sub-themes with the name of the theme above."""
    unwanted = leaving_out and leaving_out.pk
    field.choices = [("", field.empty_label), *(row for row in theme_choices() if row[0] != unwanted)]


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Errors of a service at the field they are about, else on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
