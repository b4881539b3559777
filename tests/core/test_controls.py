"""Our templates of controls say what those of Django say."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from pytest_django.asserts import assertHTMLEqual


class Marked(forms.Select):
    """Options with attributes of their own."""

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"] |= {"data-unit": f'"{value}"', "disabled": value == "b", "hidden": False}
        return option


CHOICES = [
    ("", "Choose <one>"),
    ("a&b", "O'Neill & Söhne"),
    (7, mark_safe("<b>Seven</b>")),
    ("Group <1>", [("b", "Bee"), ("c\"'", "Cee")]),
]


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.Select(choices=CHOICES), "a&b"),
        (forms.Select(choices=CHOICES, attrs={"class": "form-select", "required": True}), None),
        (forms.SelectMultiple(choices=CHOICES, attrs={"size": 4}), ["b", 7]),
        (forms.NullBooleanSelect(), True),
        (Marked(choices=CHOICES), "b"),
        (
            forms.TextInput(attrs={"data-note": "<&\"'>", "required": True, "disabled": False, "size": 3}),
            "<b>",
        ),
        (forms.CheckboxInput(attrs={"aria-describedby": "id_x_helptext"}), True),
        (forms.Textarea(), "a < b"),
        (forms.RadioSelect(choices=CHOICES), 7),
    ],
)
def test_a_control_reads_as_djangos_own(widget, value):
    ours = widget.render("name", value, {"id": "id_name"})
    assertHTMLEqual(ours, widget.render("name", value, {"id": "id_name"}, renderer=DjangoTemplates()))


def test_labels_and_values_are_escaped():
    shown = forms.Select(choices=[('"><script>', "<script>")]).render("name", None)
    assert "<script>" not in shown
    assert "&quot;&gt;&lt;script&gt;" in shown
