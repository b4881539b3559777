"""Forms of the metric studio: a draft, the day it begins, and taking a measure out of use."""

import keyword
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator

from ccperf.core.dates import refuse_implausible_day, today
from ccperf.core.forms import BaseForm, BaseModelForm, SubmissionMixin, VersionMixin
from ccperf.metrics.analysis_examples import ValueRefused, read_value, write_value
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.terms import TERMS, MetricVersion
from ccperf.metrics.versions import FORMULAS, Check, check, usable_parts
from ccperf.people.models import Person, RoleAssignment

VALUES = ("lower_bound", "upper_bound", "usual_low", "usual_high")
FIRST_SECTION = "What is it for?"
SECTIONS = {"numerator_label": "How is it worked out?", "direction": "How is it read?"}
"""Further headings of the form, by the first field below each."""
RESERVED = {"new", "check", "health"}
"""Words that other pages of measures have in their address."""
KEY = RegexValidator(r"^[a-z][a-z0-9_]*\Z", "Use small letters, figures and _, and begin with a letter.")


class DayForm(BaseForm):
    """A day, in the control of the browser."""

    starts_on = forms.DateField(
        label="From",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The first day it holds: today or later. Earlier pages keep the version of their day.",
        validators=[refuse_implausible_day],
    )


class TermsForm(BaseModelForm):
    """The terms of a measure. An imported measure has no formulas; its parts come with the import."""

    owner = forms.ModelChoiceField(label="Owner", queryset=Person.objects.none(), required=False)
    lower_bound = forms.CharField(label="Least possible value", required=False)
    upper_bound = forms.CharField(label="Greatest possible value", required=False)
    usual_low = forms.CharField(label="Usual range from", required=False)
    usual_high = forms.CharField(label="Usual range to", required=False)

    class Meta:
        model = MetricVersion
        fields: ClassVar = [
            *("name", "short_name", "purpose", "decision", "owner", "numerator_label", "numerator_formula"),
            *("denominator_label", "denominator_formula", "unit", "examples", "direction", "level"),
            *("n_label", "minimum_n", "guard", *VALUES, "caution"),
        ]
        labels: ClassVar = {
            "name": "Name",
            "short_name": "Short name",
            "purpose": "Purpose",
            "decision": "Which decision does it feed?",
            "numerator_label": "What is counted",
            "denominator_label": "What it is divided by",
            "numerator_formula": "Formula of what is counted",
            "denominator_formula": "Formula of what it is divided by",
            "unit": "Unit",
            "examples": "Worked examples",
            "direction": "Which way is better?",
            "guard": "Guard measure",
        }
        help_texts: ClassVar = {
            "short_name": "For heads of tables and charts.",
            "numerator_formula": "Parts of other measures with + and −, times or divided by numbers.",
            "denominator_formula": "The same. Nothing counted is no data, never nought.",
            "examples": (
                "One a line: each part with its number, an arrow, the value; after # what the case is. They "
                "run as tests before every version is published."
            ),
            "minimum_n": "Below it a value is not shown as comparable.",
            "guard": "What must not get worse while this one gets better.",
            "caution": "Every measure can be gamed. Say how.",
        }
        widgets: ClassVar = {
            "direction": forms.RadioSelect,
            "purpose": forms.Textarea({"rows": 2}),
            "decision": forms.Textarea({"rows": 2}),
            "caution": forms.Textarea({"rows": 2}),
            "examples": forms.Textarea({"rows": 4, "spellcheck": "false"}),
        }

    def __init__(self, *args, key: str, metrics: list[MetricDefinition], is_derived: bool, **kwargs) -> None:
        self.key, self.metrics, self.checked = key, metrics, Check()
        super().__init__(*args, **kwargs)
        for name in FORMULAS:
            if is_derived:
                self.fields[name].required = True
            else:
                del self.fields[name]
        self.fields["purpose"].required = self.fields["examples"].required = True
        self.fields["direction"].choices = MetricDefinition.Direction.choices
        for name in VALUES:
            self.initial[name] = write_value(getattr(self.instance, name), self.instance.unit)

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The visible fields under the questions they answer."""
        found: list[tuple[str, list[forms.BoundField]]] = [(FIRST_SECTION, [])]
        for field in self.visible_fields():
            if field.name in SECTIONS:
                found.append((SECTIONS[field.name], []))
            found[-1][1].append(field)
        return found

    def narrow(self) -> None:
        """Owners are people in charge today, which is no secret; a guard is a measure in use."""
        in_charge = RoleAssignment.objects.on(today()).filter(
            role__in=["supervisor", "manager", "hr", "admin"]
        )
        self.fields["owner"].queryset = Person.objects.filter(pk__in=in_charge.values("person_id"))
        self.fields["guard"].queryset = MetricDefinition.objects.active().exclude(key=self.key)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in VALUES:
            cleaned[name] = self._value(name, cleaned.get(name) or "", cleaned.get("unit"))
        for low, high in (VALUES[:2], VALUES[2:]):
            if cleaned[low] is not None and cleaned[high] is not None and cleaned[low] > cleaned[high]:
                self.add_error(high, "This is below the least value. Change one of them.")
        return cleaned

    def _value(self, name: str, text: str, unit: str | None) -> float | None:
        if not text.strip() or not unit:
            return None
        try:
            return read_value(text, unit).value
        except ValueRefused as problem:
            self.add_error(name, str(problem))
            return None

    def _post_clean(self) -> None:
        """Try the formulas and examples once everything else is read; each complaint stands at its field."""
        super()._post_clean()
        if not self.errors.keys() & {*FORMULAS, "unit"}:
            self.checked = check(self.key, self.instance, usable_parts(self.metrics, today()))
            for name, texts in self.checked.problems.items():
                for text in texts:
                    self.add_error(name, text)

    def terms(self) -> dict[str, Any]:
        """What was filled in, by the names of the columns.

        Lines end as they are stored: browsers send another end, which would read as a change.
        """
        names = {name for name in TERMS if name.removesuffix("_id") in self.fields}
        terms = {name: getattr(self.instance, name) for name in TERMS if name in names}
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name, value in terms.items()
        }


class DraftForm(VersionMixin, TermsForm):
    """Editing the next version of a measure."""

    reason = forms.CharField(
        label="What changes and why",
        max_length=300,
        required=False,
        help_text="Stands in the list of versions. Needed when it is published.",
    )


class MetricForm(SubmissionMixin, TermsForm):
    """Beginning a measure that is worked out of others."""

    new_key = forms.CharField(
        label="Key",
        max_length=60,
        validators=[KEY],
        help_text="How formulas and files call it, for example talk_share. It never changes.",
    )
    field_order: ClassVar = ["new_key"]

    def clean_new_key(self) -> str:
        key = self.cleaned_data["new_key"]
        if key in RESERVED or keyword.iskeyword(key):
            raise forms.ValidationError("This word means something else here. Choose another.")
        if MetricDefinition.objects.filter(key=key).exists():
            raise forms.ValidationError("Another measure has this key. Choose another.")
        self.key = key
        return key


class PublishForm(VersionMixin, DayForm):
    """From which day a draft holds."""

    reason = forms.CharField(
        label="What changes and why", max_length=300, help_text="Read by everybody who sees the measure."
    )


class RetireForm(BaseForm):
    reason = forms.CharField(
        label="Why is it retired?", max_length=300, help_text="Kept with the record of the change."
    )
