"""The key of a row: its own identifier, or a digest of what it says and the how-manieth equal row it is."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import ngettext

from ccperf.imports.converting import Rows
from ccperf.imports.kinds import Context


def assign_keys(rows: Rows, context: Context, *, identifier: str, names: Sequence[str], noun: str) -> None:
    """Fill ``_key`` and ``_repeat``.

    With an identifier, a second equal row counts once and a second different row is set aside: which of
    the two is
    right nobody can tell. Without one, equal rows are different events; each is kept under its own
    number, so that
    the same file again finds them.
    """
    columns = [rows.column(name) for name in names]
    ids = rows.column(identifier)
    keys: list[str | None] = [None] * len(rows)
    repeats = [False] * len(rows)
    first: dict[str, tuple[tuple, int]] = {}
    seen: Counter[str] = Counter()
    twins = repeated = without = 0
    for position, values in enumerate(zip(*columns, strict=True)):
        if position in rows.problems:
            continue
        own = ids[position]
        if own:
            key = f"id:{own}"
            if key not in first:
                first[key] = (values, position)
            elif first[key][0] == values:
                repeats[position] = True
                repeated += 1
            else:
                line = rows.lines[first[key][1]]
                rows.refuse(
                    position,
                    "conflicting_identifier",
                    f"“{own}” stands on line {line} already, with other values. Correct one of the two.",
                )
                continue
        else:
            digest = digest_of(names, values)
            seen[digest] += 1
            twins += seen[digest] > 1
            without += 1
            key = f"row:{digest}:{seen[digest]}"
        keys[position] = key
    rows.values["_key"], rows.values["_repeat"] = keys, repeats
    if repeated:
        said = ngettext("{:,} row repeats", "{:,} rows repeat", repeated).format(repeated)
        context.note(f"{said} an earlier row with the same identifier; each identifier counts once.")
    if twins:
        said = ngettext("{:,} row equals", "{:,} rows equal", twins).format(twins)
        context.note(f"{said} an earlier row and no identifier tells them apart; all are kept as {noun}.")


def digest_of(names: Sequence[str], values: Sequence[Any]) -> str:
    """A digest of what a row says. Empty fields do not count, so an added empty column changes nothing."""
    said = "\x1f".join(
        f"{name}={value!r}"
        for name, value in zip(names, values, strict=True)
        if value is not None and value != ""
    )
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
