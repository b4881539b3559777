"""User names made from names in any script."""

import re
import unicodedata
from collections.abc import Callable

_PLAIN = str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Þ": "Th", "þ": "th", "ð": "d", "ı": "i"})


def login_name(name: str) -> str:
    """`first.last` in plain ASCII; a name without a Latin letter becomes `colleague`."""
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z ]", "", plain.lower().replace("-", "")).split()
    return ".".join(words[:1] + words[1:][-1:])[:140] or "colleague"


def free_login_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """The login name of ``name``, numbered from 2 where it is taken."""
    base = wanted = login_name(name)
    number = 2
    while is_taken(wanted):
        wanted = f"{base}{number}"
        number += 1
    return wanted
