"""Forms for the steps of one action: answer, check in, close, withdraw."""

from typing import Any

from django import forms

from ccperf.agreements.models import AgreementParty
from ccperf.core.dates import today
from ccperf.core.forms import BaseForm, SeveralField, SubmissionMixin, VersionMixin
from ccperf.people.models import Person
from feedback.forms import MaskedTextMixin
from improvement.forms_terms import day_field
from improvement.models import ImprovementAction, Promise


class AnswerForm(VersionMixin, BaseForm):
    """Agree, ask for something else, or disagree."""

    read_as, version = "wording_number", None  # None takes the inherited field away.
    answer = forms.ChoiceField(
        label="Your answer",
        choices=[
            (AgreementParty.Answer.AGREED, "I agree"),
            (AgreementParty.Answer.COUNTERED, "I would agree if"),
            (AgreementParty.Answer.DISAGREED, "I disagree"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose your answer."},
    )
    text = forms.CharField(
        label="In your words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when you would agree if something changed, or disagree. Kept as you write it.",
    )
    wording_number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, action: ImprovementAction, **kwargs):
        super().__init__(*args, initial={"wording_number": action.agreement.wording_number}, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        refusal = data.get("answer") in (AgreementParty.Answer.COUNTERED, AgreementParty.Answer.DISAGREED)
        if refusal and not (data.get("text") or "").strip():
            self.add_error("text", "Say in a sentence what should be different.")
        return data


class CheckInForm(SubmissionMixin, BaseForm):
    """How it goes."""

    held_on = day_field("Held on", initial=today)
    with_person = forms.ModelChoiceField(
        label="With", queryset=Person.objects.none(), required=False, empty_label="Everybody"
    )
    note = forms.CharField(
        label="How does it go?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What helps, what is in the way, what we do next.",
        error_messages={"required": "Write a sentence on how it goes."},
    )
    kept = SeveralField(
        label="Promises kept since",
        queryset=Promise.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, action: ImprovementAction, **kwargs):
        self.action = action
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        parties = self.action.agreement.parties.values("person_id")
        self.fields["with_person"].queryset = Person.objects.filter(pk__in=parties)
        promises = self.action.promises.all()
        # A form sent twice names promises that its first sending has ticked off.
        self.fields["kept"].queryset = promises if self.is_bound else promises.filter(done_on__isnull=True)
        if not self.is_bound and not self.fields["kept"].queryset:
            del self.fields["kept"]

    def clean_held_on(self):
        day = self.cleaned_data["held_on"]
        if day > today():
            raise forms.ValidationError("This day has not come yet. Choose today or an earlier day.")
        return day


class CloseForm(VersionMixin, BaseForm):
    """What came of it."""

    outcome = forms.CharField(
        label="What came of it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The people named in it read this. Say also what did not work.",
        error_messages={"required": "Say in a sentence what came of it."},
    )


class ReasonForm(MaskedTextMixin, BaseForm):
    """Why a proposal is withdrawn or an action stopped."""

    text = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, in a sentence. It stays in the record."},
    )
