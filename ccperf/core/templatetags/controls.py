"""The parts of a control of a form, for our templates in place of those of Django."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.utils import flatatt
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def attributes(attrs: dict[str, Any]) -> SafeString:
    """The attributes of an element, each with a space before it."""
    return flatatt(attrs)


@register.simple_tag
def options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """The <option> and <optgroup> elements of a widget's ``optgroups``, as Django's templates have them.

    Lists of people have hundreds of choices, and a template takes several times as long over each.
    """
    parts = []
    for name, choices, _ in groups:
        written = "".join(_option(**choice) for choice in choices)
        if name:
            written = f'\n  <optgroup label="{conditional_escape(name)}">{written}\n  </optgroup>'
        parts.append(written)
    return mark_safe("".join(parts))  # noqa: S308 - every value in it is escaped


@register.simple_tag
def ticks(field: BoundField) -> SafeString:
    """The labelled ticks or dots of a field with several choices, which may be as many."""
    return mark_safe("\n".join(_tick(**choice.data) for choice in field))  # noqa: S308 - escaped as well


def _tick(
    name: str, type: str, value: Any, label: Any, attrs: dict[str, Any], selected: bool, **_: Any
) -> str:
    place, checked = escape(attrs["id"]), " checked" if selected else ""
    return (
        f'<label for="{place}"><input class="form-check-input" type="{type}" name="{escape(name)}" '
        f'id="{place}" value="{escape(str(value))}"{checked}>{conditional_escape(label)}</label>'
    )


def _option(value: Any, label: Any, attrs: dict[str, Any], **_: Any) -> str:
    extra = flatatt(attrs) if attrs else ""
    words = label.__html__() if hasattr(label, "__html__") else escape(str(label))
    return f'\n  <option value="{escape(str(value))}"{extra}>{words}</option>'
