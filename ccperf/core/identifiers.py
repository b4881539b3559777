"""Numbers that arrive as text: in addresses, forms and options."""

MOST_DIGITS = 18
"""What a database key can hold; Python itself refuses to read some thousand digits."""


def as_id(text: str | None) -> int | None:
    """The whole number that ``text`` writes in plain digits, else None.

    ``str.isdigit`` is no guard for ``int``: it lets ``²`` through.
    """
    if text and len(text) <= MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    return None
