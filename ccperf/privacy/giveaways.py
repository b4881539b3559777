"""Names that texts give away themselves, where nobody has a list of people. Pure: no Django."""

import re
from collections.abc import Iterable, Sequence

from ccperf.privacy.masking import CODE_NAME, INTRODUCED, TITLED, mask_for_quote, split_masks

_CAPITAL = r"[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'\u2019\-]+"
# Only first name and surname together: *ask for Refunds* names nobody.
_ASKED_FOR = re.compile(
    r"\b(?:[Aa]sk(?:ed)? for|[Rr](?:i|a|u)ng|[Cc]all(?:ed)?|[Tt]hank(?:s to| you)|[Cc]ontact(?:ed)?|[Ss]aw|"
    r"(?:[Hh]elped|[Ss]erved|[Ss]een) by|[Aa]gent|[Aa]dvis[eo]r|[Cc]olleague|[Mm]anager|[Nn]amed)\s+"
    rf"(?P<name>{_CAPITAL}\s+{_CAPITAL})"
)
_OF_FIRMS = """
advice bank british care centre citizens city control council credit customer department desk direct energy
gas general head health help home hospital house insurance line local national office post power relations
royal sales service services support team technical water
"""
_FIRMS = frozenset(_OF_FIRMS.split())
# No address and no number can be in a text without any of these: the shortest number that is hidden has five
# digits, but for a security code, which has three and its name, and a bank account that begins with letters.
_MAY_HIDE = re.compile(r"@|\sdot\s|(?:\d[^\d]*){5}|[A-Z]{2}\d\d", re.IGNORECASE)
_THREE_DIGITS = re.compile(r"\d[ \-]?\d[ \-]?\d")
_NAMES_A_CODE = re.compile(CODE_NAME, re.IGNORECASE)


def names_given_away(texts: Iterable[str]) -> set[str]:
    """First names with surnames that a sentence shows to be a person's: *ask for Jane Okonkwo*."""
    found = {
        " ".join(match["name"].split())
        for text in texts
        for pattern in (TITLED, INTRODUCED, _ASKED_FOR)
        for match in pattern.finditer(text)
    }
    return {name for name in found if " " in name and _FIRMS.isdisjoint(name.lower().split())}


def without_hidden(texts: Sequence[str]) -> list[str]:
    """The texts with stops where a quote would hide something, for finding words that may be shown."""
    names = names_given_away(texts)
    parts = sorted({re.escape(part) for name in names for part in name.split()})
    called = re.compile(rf"\b(?:{'|'.join(parts)})\b" if parts else r"(?!)", re.IGNORECASE)
    may_hide = (_MAY_HIDE.search, _may_have_code, called.search, TITLED.search, INTRODUCED.search)
    return [_shown(text, names) if any(look(text) for look in may_hide) else text for text in texts]


def _may_have_code(text: str) -> bool:
    return _THREE_DIGITS.search(text) is not None and _NAMES_A_CODE.search(text) is not None


def _shown(text: str, names: Iterable[str]) -> str:
    parts = split_masks(mask_for_quote(text, names))
    return " . ".join(part for part, is_hidden in parts if not is_hidden)
