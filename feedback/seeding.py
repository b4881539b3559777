"""Fills the catalogue of methods and the register of routes; run after each migration, safe to repeat."""

from feedback.catalogue import METHODS, ROUTES
from feedback.models import FeedbackMethod, FeedbackRoute


def seed_catalogue() -> tuple[int, int]:
    """Store every method of the catalogue as it stands there, and routes that are missing.

    A route that people have changed is never touched. Returns how many methods and routes are new.
    """
    known = set(FeedbackMethod.objects.values_list("key", flat=True))
    rows = [
        FeedbackMethod(number=number, **method._asdict()) for number, method in enumerate(METHODS, start=1)
    ]
    changed = [field for field in METHODS[0]._fields if field != "key"]
    FeedbackMethod.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["number", *changed]
    )
    return len(rows) - len(known), _seed_routes()


def _seed_routes() -> int:
    present = set(FeedbackRoute.objects.values_list("key", flat=True))
    taken = set(FeedbackRoute.objects.values_list("name", flat=True))
    methods = {method.key: method for method in FeedbackMethod.objects.filter(key__in=ROUTES)}
    missing = [
        FeedbackRoute(
            key=key,
            name=method.name,
            method=method,
            kind=FeedbackRoute.Kind.FORMAL if method.is_formal else FeedbackRoute.Kind.INFORMAL,
            direction=method.direction,
            from_whom=method.from_whom,
            is_anonymous=method.anonymity == FeedbackMethod.Anonymity.YES,
            **ROUTES[key]._asdict(),
        )
        for key, method in methods.items()
        if key not in present and method.name not in taken
    ]
    FeedbackRoute.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
