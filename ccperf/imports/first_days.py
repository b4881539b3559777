"""Before rows are written: people whose first day nobody stated begin with the earliest of them."""

from collections import Counter
from datetime import date

from django.utils.translation import ngettext

from ccperf.imports.loading import Loaded
from ccperf.people.first_seen import begin_by
from ccperf.people.scope import team_ids_on


def begin_with_rows(loaded: Loaded) -> None:
    """Let unknown first days be no later than the rows, so that these have a team; say how many have none."""
    rows, context = loaded.rows, loaded.context
    people, days = rows.column("_person"), rows.column(loaded.kind.seen_on)
    counted = Counter(zip(people, days, strict=True))
    counted.subtract((people[position], days[position]) for position in rows.problems)
    said: dict[tuple[int, date], int] = {
        pair: count for pair, count in counted.items() if count > 0 and all(pair)
    }
    first: dict[int, date] = {}
    for person_id, day in said:
        first[person_id] = min(day, first.get(person_id, day))
    if moved := begin_by(first, by=context.user):
        words = ngettext("The first day of {:,} person was", "The first days of {:,} people were", moved)
        context.note(
            f"{words.format(moved)} not known: they count as here since their earliest day in the file."
        )
    teams = team_ids_on(said)
    without = sum(said[pair] for pair, team_id in zip(said, teams, strict=True) if team_id is None)
    if without:
        words = ngettext(
            "{:,} row is about a day when its person was in no team, and counts for the person alone.",
            "{:,} rows are about days when their person was in no team, and count for the person alone.",
            without,
        )
        context.note(words.format(without))
