"""Forms of the leaver register."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin
from ccperf.people.models import Person, Site, Team
from retention.models import Leaver, LeaverReason, ReasonForLeaving
from retention.services import GivenReasons

YES_NO = [("", "Not said"), ("yes", "Yes"), ("no", "No")]


def _day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def _words(label: str, *, required: bool = False, help_text: str = "", limit: int = 80) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control"})
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=limit, widget=widget
    )


def _choice(label: str, choices, *, required: bool = False) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget)


class ReasonField(forms.ModelChoiceField):
    """One reason of the taxonomy, grouped by what it means for managers."""

    def __init__(self, label: str, help_text: str = ""):
        super().__init__(
            queryset=ReasonForLeaving.objects.filter(is_active=True),
            label=label,
            required=False,
            empty_label="No reason",
            help_text=help_text,
            widget=forms.Select(attrs={"class": "form-select"}),
        )


class LeavingFieldsMixin(forms.Form):
    """What is known about one leaving, apart from reasons."""

    kind = forms.ChoiceField(label="How it ended", choices=Leaver.Kind, widget=forms.RadioSelect)
    left_on = _day(
        "Last employed day",
        help_text="Not the notice and not the last shift. For a move inside: the last day in the old team.",
    )
    notice_on = _day("Notice given on")
    is_regretted = forms.ChoiceField(
        label="Would we have kept this person?", choices=YES_NO, required=False, widget=forms.RadioSelect
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        left_on, notice_on = cleaned.get("left_on"), cleaned.get("notice_on")
        if left_on and notice_on and notice_on > left_on:
            self.add_error("notice_on", "The notice is after the last employed day. Check both days.")
        return cleaned

    def leaving(self) -> dict[str, object]:
        """The cleaned values under the names of ``LeaverFacts``."""
        cleaned = self.cleaned_data
        return {
            "kind": cleaned["kind"],
            "left_on": cleaned["left_on"],
            "notice_on": cleaned["notice_on"],
            "is_regretted": {"yes": True, "no": False}.get(cleaned["is_regretted"]),
        }


class LeaverForm(LeavingFieldsMixin, SubmissionMixin, BaseForm):
    """Enter one leaving, with the reasons known so far."""

    employee = _words(
        "Employee",
        required=True,
        limit=160,
        help_text="Employee number, or the whole name when only one person has it.",
    )
    occasion = forms.ChoiceField(
        label="When was the leaver asked?",
        choices=LeaverReason.Occasion.choices[:2],
        initial=LeaverReason.Occasion.EXIT,
        required=False,
        widget=forms.RadioSelect,
    )
    primary = ReasonField("Main reason, in the leaver's words")
    second = ReasonField("Second reason")
    third = ReasonField("Third reason")
    source = _words("Where this was said", help_text="For example exit talk, notice letter or survey.")
    field_order = [
        "employee",
        "kind",
        "left_on",
        "notice_on",
        "is_regretted",
        "occasion",
        "primary",
        "second",
        "third",
        "source",
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["left_on"].required = True

    def clean_employee(self) -> Person:
        return find_person(self.user, self.cleaned_data["employee"])

    def clean(self) -> dict:
        cleaned = super().clean()
        refuse_double_reasons(self)
        return cleaned

    def given(self) -> tuple[GivenReasons, ...]:
        cleaned = self.cleaned_data
        if not any(cleaned[name] for name in ("primary", "second", "third")):
            return ()
        occasion = cleaned["occasion"] or LeaverReason.Occasion.EXIT
        return (given_reasons(cleaned, LeaverReason.StatedBy.LEAVER, occasion),)


class LeaverEditForm(LeavingFieldsMixin, VersionMixin, BaseForm):
    """Correct what the register says; the person stays, and rough dates of a survey may stay empty."""

    reason = _words("Why it is corrected", limit=200)

    def __init__(self, *args, leaver: Leaver, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["left_on"].required = leaver.person_id is not None


class ReasonsForm(VersionMixin, BaseForm):
    """The reasons of one voice on one occasion; saving replaces what that voice said then."""

    stated_by = forms.ChoiceField(
        label="Whose words?", choices=LeaverReason.StatedBy, widget=forms.RadioSelect
    )
    occasion = forms.ChoiceField(label="When?", choices=LeaverReason.Occasion, widget=forms.RadioSelect)
    primary = ReasonField("Main reason")
    second = ReasonField("Second reason")
    third = ReasonField("Third reason")
    source = _words("Where this was said", help_text="For example exit talk, notice letter or survey.")

    def clean(self) -> dict:
        cleaned = super().clean()
        refuse_double_reasons(self)
        return cleaned

    def given(self) -> GivenReasons:
        cleaned = self.cleaned_data
        return given_reasons(cleaned, cleaned["stated_by"], cleaned["occasion"])


class RemoveForm(BaseForm):
    """Why an entry made by mistake is taken out."""

    reason = _words("Why the entry is wrong", required=True, limit=200)


class RegisterStartForm(BaseForm):
    """From which day leavers are recorded completely."""

    recorded_from = _day(
        "Leavers are recorded completely from",
        required=True,
        help_text="Who started earlier is followed from this day on. Unset, it is the first leaving known.",
    )


class RegisterFilterForm(BaseForm):
    """Narrow the register. A wrong value narrows nothing."""

    q = _words("Name, number or reference")
    kind = _choice("How it ended", [("", "Any"), *Leaver.Kind.choices])
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"),
        required=False,
        empty_label="Any",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        empty_label="Any",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    state = _choice("Show", [("", "All"), ("no-reason", "Without a reason"), ("ahead", "Leaving ahead")])

    def narrow(self) -> None:
        self.fields["team"].queryset = Team.objects.visible_to(self.user).order_by("name")


def find_person(user, words: str) -> Person:
    """The one person this user may see who has this number or name; a sentence when there is not one."""
    words = words.strip()
    people = Person.objects.visible_to(user)
    found = list(people.filter(Q(employee_number__iexact=words) | Q(name__iexact=words))[:3])
    if not found:
        raise ValidationError(f"Nobody has the number or name “{words}”. Check the spelling.")
    if len(found) > 1:
        numbers = ", ".join(str(person.employee_number or "no number") for person in found)
        raise ValidationError(f"More than one person is called that: {numbers}. Give the number.")
    return found[0]


def refuse_double_reasons(form: forms.Form) -> None:
    chosen = [form.cleaned_data.get(name) for name in ("primary", "second", "third")]
    named = [reason for reason in chosen if reason]
    if len(set(named)) < len(named):
        form.add_error("second", "Each reason counts once. Choose another, or none.")
    if named and not chosen[0]:
        form.add_error("primary", "Say which reason weighed most.")


def given_reasons(cleaned: dict, stated_by: str, occasion: str) -> GivenReasons:
    secondary = [reason for reason in (cleaned["second"], cleaned["third"]) if reason]
    return GivenReasons(
        stated_by=stated_by,
        primary=cleaned["primary"],
        secondary=secondary,
        occasion=occasion,
        source=cleaned["source"],
    )
