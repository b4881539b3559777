"""First days that nobody stated follow the earliest day on which anything speaks of the person.

Whoever came without a first day is taken as here since the day of entry. Figures or feedback of earlier days
show that the person was here before: then employment and membership begin on the earliest of them, so that
those days have a team. When such rows go again, the first day follows. A stated first day never moves.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.people.models import Employment, Membership, Person, User

AT_ONCE = 20
"""People whose first day moves in one transaction: all their figures may change team with it."""

DaysSeen = Callable[[QuerySet[Person]], Iterable[tuple[int, date]]]
_sources: dict[str, DaysSeen] = {}


def register_days_seen(name: str, source: DaysSeen) -> None:
    """Let a room tell on which days its records first speak of each of some people."""
    _sources[name] = source


def begin_by(seen: Mapping[int, date], *, by: User | None) -> int:
    """Let unknown first days be no later than the days on which these people were seen; how many moved."""
    ids = sorted(seen)
    moved = 0
    for start in range(0, len(ids), 500):
        later = _unknown(Person.objects.filter(pk__in=ids[start : start + 500]))
        moved += _move(later, {person.pk: seen[person.pk] for person in later}, by, only_back=True)
    return moved


def begin_as_seen(*, by: User | None) -> int:
    """Let every unknown first day be the earliest day seen, after records went; how many people's moved."""
    people = _unknown(Person.objects.all())
    wanted = {person.pk: timezone.localdate(person.created_at) for person in people}
    for source in _sources.values():
        for person_id, day in source(Person.objects.filter(_has_unknown_start())):
            wanted[person_id] = min(day, wanted[person_id])
    return _move(people, wanted, by, only_back=False)


def _has_unknown_start() -> Q:
    spells, memberships = (model.objects.filter(start_is_known=False) for model in (Employment, Membership))
    return Q(pk__in=spells.values("person_id")) | Q(pk__in=memberships.values("person_id"))


def _unknown(people: QuerySet[Person]) -> list[Person]:
    found = people.filter(_has_unknown_start()).order_by("pk")
    return list(found.prefetch_related("employments", "memberships"))


def _move(people: list[Person], wanted: Mapping[int, date], by: User | None, *, only_back: bool) -> int:
    moved = 0
    for start in range(0, len(people), AT_ONCE):
        with transaction.atomic():
            part = people[start : start + AT_ONCE]
            count = sum(_begin(person, wanted[person.pk], only_back=only_back) for person in part)
            if count:
                record("people.first_days.moved", by=by, after={"people": count})
        moved += count
    return moved


def _begin(person: Person, day: date, *, only_back: bool) -> bool:
    """Move the unknown starts of one person to ``day``, membership never before employment."""
    spells, memberships = list(person.employments.all()), list(person.memberships.all())
    moved = False
    for row in [*spells, *memberships]:
        if row.start_is_known:
            continue
        last = row.ends_before - timedelta(days=1) if row.ends_before else day
        begins = min(day, last)
        if isinstance(row, Membership) and spells:
            begins = max(begins, spells[0].starts_on)
        if begins < row.starts_on or (begins > row.starts_on and not only_back):
            row.starts_on = begins
            row.save(update_fields=["starts_on"])
            moved = True
    return moved
