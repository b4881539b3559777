"""The parts of a control of a form, for our templates in place of those of Django."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
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


def _option(value: Any, label: Any, attrs: dict[str, Any], **_: Any) -> str:
    extra = flatatt(attrs) if attrs else ""
    words = label.__html__() if hasattr(label, "__html__") else escape(str(label))
    return f'\n  <option value="{escape(str(value))}"{extra}>{words}</option>'
