"""What every form shares: our layout, the user who fills it, and protection against sending it twice."""

import secrets
from collections.abc import Callable

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models.fields import BLANK_CHOICE_DASH

from ccperf.core.models import Submission

EMPTY = BLANK_CHOICE_DASH[0][1]
LIMITS = {
    MinValueValidator: "Give %(limit_value)s or more.",
    MaxValueValidator: "Give %(limit_value)s or less.",
    MaxLengthValidator: "Shorten this to %(limit_value)s characters; it has %(show_value)s.",
}


def dress(widget: forms.Widget) -> None:
    """Give a control the class by which our style sheets know it; a class that is there already stays."""
    plain = (forms.HiddenInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
    if isinstance(widget, plain):
        return
    if isinstance(widget, forms.CheckboxInput):
        name = "form-check-input"
    else:
        name = "form-select" if isinstance(widget, forms.Select) else "form-control"
    classes = widget.attrs.get("class", "").split()
    if name not in classes:
        widget.attrs["class"] = " ".join([*classes, name])


def name_empty_choice(field: forms.Field) -> None:
    """Say in words what Django's row of dashes means."""
    words = "Choose one" if field.required else "None"
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == EMPTY:
            field.empty_label = words
    elif isinstance(field, forms.ChoiceField):
        choices = list(field.choices)
        if ("", EMPTY) in choices:
            field.choices = [("", words) if choice == ("", EMPTY) else choice for choice in choices]


def say_what_to_do(field: forms.Field) -> None:
    """An empty field, a number beyond its limit or too long a text is asked for in words that tell what to
    do; what a form says itself stays.
    """
    if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
        is_choice = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        field.error_messages["required"] = "Choose one." if is_choice else "Fill this in."
    for validator in field.validators:
        words = LIMITS.get(type(validator))
        if words and validator.message == type(validator).message:
            validator.message = words


def offer_by_name(field: forms.ModelChoiceField, rows: models.QuerySet) -> None:
    """Let a field offer these rows by their names, without making an object of each: people are thousands."""
    field.queryset = rows
    field.choices = [("", field.empty_label), *rows.values_list("pk", "name")]


class UserFormMixin:
    """A form that knows its user, so that it can narrow every choice to what that user may see."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.narrow()
        for field in self.fields.values():
            dress(field.widget)
            name_empty_choice(field)
            say_what_to_do(field)

    def narrow(self) -> None:
        """Limit the choices of fields to what ``self.user`` may see."""


class BaseForm(UserFormMixin, forms.Form):
    """A plain form; its template owns the <form> element."""


class BaseModelForm(UserFormMixin, forms.ModelForm):
    """A form over a model; the view hands ``cleaned_data`` to a service instead of calling save()."""


def new_token() -> str:
    return secrets.token_urlsafe(16)


LONGEST_ID = 18
"""Digits that a database's number holds for certain."""


class SeveralField(forms.ModelMultipleChoiceField):
    """Several records to choose from; a number too long for the database is no choice, not a failure."""

    def clean(self, value):
        ids = value if isinstance(value, (list, tuple)) else ()
        for pk in ids:
            if len(str(pk)) > LONGEST_ID:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": pk}
                )
        return super().clean(value)


class SubmissionMixin(forms.Form):
    """A one-time token that makes the second press of a button harmless."""

    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60, initial=new_token)

    def once(self, save: Callable[[], models.Model]) -> tuple[str, bool]:
        """Run ``save`` unless this very form was sent before.

        Returns the address of the saved record and whether this was the first time. A second press that
        arrives while the first still runs waits for it: the unique token is written in its transaction.
        """
        token = self.cleaned_data.get("submission")
        if not token:
            return save().get_absolute_url(), True
        with transaction.atomic():
            sent, first = Submission.objects.get_or_create(user=self.user, token=token)
            if first:
                sent.address = save().get_absolute_url()
                sent.save(update_fields=["address"])
        return sent.address, first


class VersionMixin(forms.Form):
    """The version of the record a person began to edit; a service refuses an older one than it holds.

    Give the version as it is now as ``initial``, with what was sent too: a refused form goes on from it.
    """

    read_as = "version"  # The hidden field that holds it.
    version = forms.IntegerField(widget=forms.HiddenInput)

    def show_stale(self, refusal: "StaleEdit") -> None:
        """Say that somebody else was first, and let the next press count."""
        self.add_error(None, str(refusal))
        self.data = self.data.copy()
        self.data[self.read_as] = self.get_initial_for_field(self.fields[self.read_as], self.read_as)


class StaleEdit(Exception):
    """Somebody else saved the record in the meantime."""

    message = (
        "Somebody else changed this while you were editing. Nothing of yours is lost: it still stands in the "
        "form. Compare it with the saved version, then save again."
    )

    def __str__(self) -> str:
        return self.message
