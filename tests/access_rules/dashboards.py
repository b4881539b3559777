"""Who may open the pages that mix rooms: everybody who is signed in, each with what is theirs."""

from ccperf.core.dates import today
from feedback.models import FeedbackItem, FeedbackRoute
from tests.access_rules import EVERYONE, rule
from tests.factories import make_person

RULES = {
    "dashboards:home": rule(ok=EVERYONE),
    "dashboards:me": rule(ok=EVERYONE),
    "dashboards:search": rule(ok=EVERYONE, path="?q=person"),
    "dashboards:standards": rule(ok=EVERYONE),
    "dashboards:more": rule(ok=EVERYONE),
}


def grow(centre, count: int) -> None:
    """More people in the team, each with a note that waits to be shared and one that was."""
    route, _ = FeedbackRoute.objects.get_or_create(
        key="grown",
        defaults={"name": "Grown", "kind": "informal", "direction": "provide", "from_whom": "X"},
    )
    for _ in range(count):
        person = make_person(team=centre.team)
        for text in ("A person helped well.", "A person could ask more."):
            FeedbackItem.objects.create(
                route=route, about_person=person, team=centre.team, received_on=today(), text=text
            )
