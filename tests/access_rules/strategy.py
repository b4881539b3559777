"""Who may open which address of the strategy room."""

from datetime import timedelta

from ccperf.core.dates import today
from ccperf.metrics.models import MetricDefinition
from strategy.change_services import decide_change, nominate_change, score_change
from strategy.models import Change, ChangeFactor, Objective, ObjectiveMeasure
from strategy.services import MeasureChoice, set_objective
from tests.access_rules import EVERYONE, rule


def make_objective(centre, *, title: str = "Customers get it resolved once", publish: bool = True, **facts):
    metrics = list(MetricDefinition.objects.active()[:2])
    measures = [MeasureChoice(metric=metric) for metric in metrics]
    measures.append(MeasureChoice(wanted="Shift wishes met", part=ObjectiveMeasure.Part.GUARD))
    wanted = {
        "title": title,
        "level": Objective.Level.CENTRE,
        "source_document": "Service strategy",
        "source_place": "page 4",
        "owner": centre.people.manager,
        "starts_on": today().replace(month=1, day=1),
        **facts,
    }
    return set_objective(by=centre.manager, facts=wanted, measures=measures, publish=publish)


def make_change(centre, *, title: str = "Case notes 2.0", by=None, **facts) -> Change:
    wanted = {
        "title": title,
        "category": Change.Category.SYSTEM,
        "origin": Change.Origin.OURS,
        "description": "One screen instead of two.",
        "reason": "Double notes take 40 seconds a call.",
        "starts_on": today() + timedelta(days=3),
        "goes_live_on": today() + timedelta(days=10),
        "ends_on": today() + timedelta(days=24),
        "size": Change.Size.MEDIUM,
        "hours_per_person": 6,
        "teams": [centre.team],
        **facts,
    }
    return nominate_change(by=by or centre.supervisor, facts=wanted)


def make_assessed(centre, **facts) -> Change:
    change = make_change(centre, **facts)
    levels = dict.fromkeys(ChangeFactor.objects.filter(is_active=True), 2)
    return score_change(by=centre.supervisor, change=change, levels=levels, reasons={})


def make_decided(centre, **facts) -> Change:
    change = make_assessed(centre, **facts)
    return decide_change(
        by=centre.manager, change=change, outcome="manage", reason="Half the site.", version=change.version
    )


def objective(centre) -> dict:
    return {"pk": make_objective(centre).pk}


def change(centre) -> dict:
    return {"pk": make_change(centre).pk}


READERS = {"args": change, "agent": 404, "privacy_officer": 404}

RULES = {
    "strategy:objective-list": rule(ok=EVERYONE),
    "strategy:objective-create": rule(ok="manager"),
    "strategy:objective-detail": rule(ok=EVERYONE, args=objective),
    "strategy:objective-edit": rule(ok="manager", args=objective),
    "strategy:objective-confirm": rule(
        method="post", ok="manager", args=objective, data=lambda centre: {"version": 1}
    ),
    "strategy:objective-close": rule(ok="manager", args=objective),
    "strategy:change-list": rule(ok=EVERYONE),
    "strategy:change-nominate": rule(ok="supervisor manager stranger"),
    # A change reaches whole teams and names nobody: every leader reads it; agents from its approval on.
    "strategy:change-detail": rule(ok="supervisor manager hr admin stranger", **READERS),
    "strategy:change-edit": rule(ok="supervisor manager", args=change),
    "strategy:change-score": rule(ok="supervisor manager stranger", args=change),
    "strategy:change-decide": rule(
        method="post",
        ok="manager",
        args=lambda centre: {"pk": make_assessed(centre).pk},
        data=lambda centre: {"version": 2, "outcome": "tell", "reason": "Small."},
    ),
    "strategy:change-move": rule(
        method="post", ok="manager", args=change, data=lambda centre: {"to_status": "assessed"}
    ),
}


def grow(centre, count: int) -> None:
    for number in range(count):
        make_objective(centre, title=f"Objective {number}")
        make_decided(centre, title=f"Change {number}")
