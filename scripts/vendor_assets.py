#!/usr/bin/env python3
"""Fetch the browser libraries at their locked versions, or check that the committed copies are those.

    scripts/vendor_assets.py           fetch with the npm client and write static/vendor and the icon sheet;
                                       Bootstrap is cut to the rules, its icons to those that are in use
    scripts/vendor_assets.py --check   compare every committed file with its hash; needs no network

Integrity of each package and a hash of each file stand in static/vendor/vendor.lock.json.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import bootstrap_subset  # beside this script

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "static" / "vendor" / "vendor.lock.json"
PACKAGES = {
    "bootstrap@5.3.8": {
        "dist/css/bootstrap.min.css": bootstrap_subset.TARGET,
        "LICENSE": "static/vendor/bootstrap-LICENSE",
    },
    "bootstrap-icons@1.13.1": {
        "bootstrap-icons.svg": bootstrap_subset.ICON_TARGET,
        "LICENSE": "static/vendor/bootstrap-icons-LICENSE",
    },
    "htmx.org@2.0.8": {
        "dist/htmx.min.js": "static/vendor/htmx.min.js",
        "LICENSE": "static/vendor/htmx-LICENSE",
    },
    "plotly.js-basic-dist-min@4.1.1": {
        "plotly-basic.min.js": "static/vendor/plotly-basic.min.js",
        "LICENSE": "static/vendor/plotly-LICENSE",
    },
}
SOURCE_MAP = re.compile(rb"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ ?\*/)")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch() -> None:
    """Pack every package with npm, verify a known integrity, and copy its files."""
    known = json.loads(LOCK.read_text()) if LOCK.exists() else {"packages": {}}
    lock: dict[str, dict[str, str]] = {"packages": {}, "files": {}}
    with tempfile.TemporaryDirectory() as folder:
        for package, files in PACKAGES.items():
            packed = subprocess.run(
                ["npm", "pack", "--json", "--silent", package],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            )
            answer = json.loads(packed.stdout)
            entry = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
            expected = known["packages"].get(package)
            if expected and expected != entry["integrity"]:
                sys.exit(f"{package} is not the package that was locked.")
            lock["packages"][package] = entry["integrity"]
            with tarfile.open(Path(folder) / entry["filename"]) as archive:
                for source, target in files.items():
                    content = SOURCE_MAP.sub(b"", archive.extractfile(f"package/{source}").read())
                    path = ROOT / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                    lock["files"][target] = digest(content)
    cut_to_use(lock["files"])
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


def cut_to_use(hashes: dict[str, str]) -> None:
    """Keep what is in use of Bootstrap and of its icons, and list the classes that the whole has."""
    subset = bootstrap_subset
    whole = (ROOT / subset.TARGET).read_text()
    (ROOT / subset.CLASS_LIST).write_text("\n".join(sorted(subset.classes_of(whole))) + "\n")
    for target, cut in ((subset.TARGET, subset.cut), (subset.ICON_TARGET, subset.cut_icons)):
        (ROOT / target).write_bytes(cut((ROOT / target).read_bytes()))
    for name in (subset.TARGET, subset.CLASS_LIST, subset.ICON_TARGET):
        hashes[name] = digest((ROOT / name).read_bytes())


def check() -> None:
    """Exit with the names of files that differ from the lock."""
    files = json.loads(LOCK.read_text())["files"]
    wanted = {target for copies in PACKAGES.values() for target in copies.values()}
    changed = sorted(
        name
        for name in wanted | files.keys()
        if name not in files
        or not (ROOT / name).exists()
        or digest((ROOT / name).read_bytes()) != files[name]
    )
    if changed:
        sys.exit("Not as locked: " + ", ".join(changed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check() if parser.parse_args().check else fetch()
