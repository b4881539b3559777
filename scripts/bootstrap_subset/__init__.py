"""Bootstrap and its icons cut to what is in use: what counts as use, and how each is cut."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = "static/vendor/bootstrap.subset.min.css"
CLASS_LIST = "static/vendor/bootstrap.classes.txt"
"""Every class of the whole Bootstrap, so that a test can tell which ones the subset has lost."""
ICON_TARGET = "ccperf/core/icons/bootstrap-icons.svg"
COMMAND = "scripts/vendor_assets.py"
LOCKED_TOOL = ("package.json", "package-lock.json")
PYTHON_ROOMS = ("ccperf", "feedback", "improvement", "retention", "strategy")

# Set at run time or by packages whose templates we do not hold: Django's widgets, crispy forms.
AT_RUN_TIME = ["show", "active", "disabled", "is-invalid", "is-valid", "was-validated", "invalid-feedback"]
BY_PACKAGES = [
    "form-control",
    "form-select",
    "form-check",
    "form-check-input",
    "form-check-label",
    "form-text",
]
# Plain elements and the scale of spaces: small, and nobody should have to cut anew for one of them.
ALWAYS = (
    "^(h[1-6]|p|[dou]l|d[dt]|li|su[bp]|small|strong|b|em|mark|code|pre|kbd|samp|abbr|address|blockquote|hr"
    "|fieldset|legend|output|progress|summary|table|caption|thead|tbody|tfoot|t[dhr]|input|textarea|select)$"
    "|^[mp][tbsexy]?-[0-5]$"
)
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
CLASS_VALUES = re.compile(r"""\bclass(?:es|_name|Name)?["']?\s*(?:=|:|\+=)\s*f?(?:"([^"]*)"|'([^']*)')""")
TEMPLATE_TAG = re.compile(r"{[%{#].*?[%}#]}", re.DOTALL)
BLOCK_OR_COMMENT = re.compile(r"{[^{}]*}|/\*.*?\*/", re.DOTALL)
VARIABLE = re.compile(r"--bs-[\w-]+")
VARIABLE_SET = re.compile(r"(--bs-[\w-]+)\s*:")
ICON = re.compile(r'<symbol[^>]* id="([^"]+)">.*?</symbol>', re.DOTALL)
QUOTED_WORD = re.compile(r"""(["'])([a-z0-9-]+)\1""")


def sources() -> list[Path]:
    """The files that write HTML: templates, scripts, and the rooms' Python."""
    found = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").glob("*.js")]
    for room in PYTHON_ROOMS:
        found += [path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]
    return sorted(found)


def own_variables() -> set[str]:
    """Bootstrap's variables that our style sheets read or set."""
    sheets = (ROOT / "static" / "css").glob("*.css")
    return {name for sheet in sheets for name in VARIABLE.findall(sheet.read_text())}


def classes_of(css: str) -> set[str]:
    """The classes in the selectors of a style sheet."""
    return set(CLASS.findall(BLOCK_OR_COMMENT.sub(" ", css)))


def classes_used(text: str) -> set[str]:
    """The words in the class attributes of a template, and in what a script or form sets as classes."""
    return {
        word
        for part in (text, TEMPLATE_TAG.sub(" ", text))
        for value in CLASS_VALUES.findall(part)
        for word in " ".join(value).split()
    }


def cut(whole: bytes) -> bytes:
    """The rules of ``whole`` that the sources can need, by PurgeCSS at its locked version."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in LOCKED_TOOL:
            shutil.copy(Path(__file__).with_name(file), folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
        (folder / "whole.css").write_bytes(whole)
        settings = {
            "css": ["whole.css"],
            "content": [str(path) for path in sources()],
            "variables": True,
            "keyframes": True,
            "safelist": {
                "standard": [*AT_RUN_TIME, *BY_PACKAGES, "data-bs-theme"],
                "variables": sorted(own_variables()),
            },
        }
        safe = f"settings.safelist.standard.push(new RegExp({json.dumps(ALWAYS)}));"
        (folder / "purge.cjs").write_text(
            f"const settings = {json.dumps(settings)};\n{safe}\nmodule.exports = settings;\n"
        )
        tool = ["node_modules/.bin/purgecss", "--config", "purge.cjs", "--output", "cut.css"]
        subprocess.run(tool, cwd=folder, check=True, capture_output=True)
        return (folder / "cut.css").read_bytes().rstrip() + b"\n"


def icons_of(sheet: str) -> set[str]:
    """The names of the icons in a sheet."""
    return set(ICON.findall(sheet))


def icons_used(names: set[str]) -> set[str]:
    """Those of ``names`` that stand alone between quotes in a source.

    A template gives an icon by its name or by a variable, and Python fills the variable with such a word.
    Words that mean something else ("list") keep an icon too; a name made of parts would not be found.
    """
    return names & {word for path in sources() for _, word in QUOTED_WORD.findall(path.read_text())}


def cut_icons(whole: bytes) -> bytes:
    """The sheet ``whole`` with the icons that the sources can need, as they are and in its order."""
    sheet = whole.decode()
    used = icons_used(icons_of(sheet))
    return ICON.sub(lambda symbol: symbol[0] if symbol[1] in used else "", sheet).encode()
