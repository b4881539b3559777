"""Icons drawn into the page, from the committed Bootstrap Icons sheet."""

import re
from functools import cache
from pathlib import Path

SHEET = Path(__file__).with_name("bootstrap-icons.svg")
SYMBOL = re.compile(r'<symbol[^>]*?viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL)


@cache
def symbols() -> dict[str, tuple[str, str]]:
    """Every icon by name, as its view box and its paths."""
    sheet = SHEET.read_text(encoding="utf-8")
    return {name: (box, paths) for box, name, paths in SYMBOL.findall(sheet)}
