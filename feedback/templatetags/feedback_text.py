"""Showing words with their hidden parts marked as hidden."""

from django import template

from ccperf.privacy.masking import split_masks

register = template.Library()


@register.filter
def masked_parts(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether something is hidden there."""
    return split_masks(text or "")
