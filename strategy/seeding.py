"""The questions about changes and the first policy. Safe to repeat: what exists is never overwritten."""

from datetime import date

from strategy.models import ChangeFactor, ChangePolicy

SINCE = date(2000, 1, 1)
FACTORS = [
    # key, name, question, weight
    ("people_affected", "People affected", "How large a share of the people does it reach?", 2),
    ("new_behaviour", "New behaviour", "How differently must people work afterwards?", 2),
    ("pace", "Pace and notice", "How short is the notice for what is asked?", 1),
    ("saturation", "Other changes at once", "How much else changes in the same teams at the time?", 2),
    ("customer_impact", "Customers", "How much will customers notice if it goes badly?", 2),
    ("irreversible", "Hard to undo", "How hard is it to go back?", 1),
    ("regulation", "Regulation", "How far does it touch rules we must keep?", 1),
    ("terms", "Jobs, pay, hours", "How far does it touch job security, pay or hours?", 3),
    ("history", "Changes that failed before", "How badly did something like it go before?", 1),
    ("peak", "Peak season", "How much of it falls into busy weeks?", 1),
]


def seed_factors() -> int:
    """Add the questions that are missing, and a policy where there is none; returns how many were added."""
    known = set(ChangeFactor.objects.values_list("key", flat=True))
    missing = [
        ChangeFactor(key=key, name=name, question=question, weight=weight, position=position * 10)
        for position, (key, name, question, weight) in enumerate(FACTORS, start=1)
        if key not in known
    ]
    ChangeFactor.objects.bulk_create(missing)
    if not ChangePolicy.objects.exists():
        ChangePolicy.objects.create(starts_on=SINCE)
    return len(missing)


def seed_after_migrate(**_kwargs: object) -> None:
    """Signal handler: every migrated database holds the questions."""
    seed_factors()
