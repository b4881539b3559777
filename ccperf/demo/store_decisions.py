"""What the first manager decided about themes, before anybody proposed an action about them."""

from datetime import timedelta

from ccperf.demo.deeds import DECISIONS, PlannedDecision
from ccperf.demo.store_people import Centre
from ccperf.people.models import Team
from feedback.themes.models import Theme
from improvement.deciding import decide_theme, tell_decision
from improvement.heard import heard_by
from improvement.models_decisions import ThemeDecision


def store_decisions(centre: Centre) -> int:
    """Decide about every planned theme, dated back; returns how many."""
    themes = {theme.key: theme for theme in Theme.objects.all()}
    manager = centre.manager(0)
    teams = list(Team.objects.performance_visible_to(manager.user).open())
    for row in DECISIONS:
        _store_decision(centre, row, themes, teams)
    return len(DECISIONS)


def _store_decision(
    centre: Centre, row: PlannedDecision, themes: dict[str, Theme], teams: list[Team]
) -> None:
    manager, theme = centre.manager(0), themes[row.theme]
    decision = decide_theme(
        by=manager.user,
        theme=theme,
        kind=row.kind,
        reason=row.reason,
        owner=centre.leader(0) if row.by_leader else manager,
        due_on=centre.today + timedelta(days=row.due_in),
        teams=teams,
        combined_with=themes.get(row.combined_with),
    )
    if row.told:
        decision = tell_decision(decision=decision, by=manager.user, text=row.told, version=decision.version)
    day = centre.today - timedelta(days=row.decided_ago)
    ThemeDecision.objects.filter(pk=decision.pk).update(
        decided_on=day,
        heard=heard_by(manager.user, theme, teams, until=day).as_json(),
        told_on=day + timedelta(days=3) if row.told else None,
    )
