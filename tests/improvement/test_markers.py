"""Agreed actions appear on charts, for whoever may see them."""

from datetime import timedelta

import pytest

from ccperf.core.dates import today
from ccperf.metrics.markers import happenings
from ccperf.metrics.scopes import Scope
from tests.improvement.makers import agree, agreed_action, propose

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M8")]


def titles(user, scope):
    found = happenings(user, [scope], today() - timedelta(days=30), today() + timedelta(days=1))
    return [mark.label for mark in found[scope]]


def test_an_agreed_action_marks_the_charts_of_its_subject(centre):
    team, person = Scope.team(centre.team.pk), Scope.agent(centre.people.agent.pk)
    agree(centre, propose(centre, team=centre.team, named=("agent",), title="For all"), "agent")
    agreed_action(centre, title="For one")
    propose(centre, title="Not agreed yet")
    assert titles(centre.supervisor, team) == ["For all"]
    assert titles(centre.supervisor, person) == ["For one"]
    assert titles(centre.agent, person) == ["For one"]
    assert titles(centre.stranger_supervisor, team) == []
    assert titles(centre.colleague, person) == []


def test_marks_cost_one_query_for_many_subjects(centre, django_assert_num_queries):
    agreed_action(centre)
    user = type(centre.supervisor).objects.get(pk=centre.supervisor.pk)
    assert user.access.person_id
    scopes = [Scope.team(centre.team.pk), *(Scope.agent(pk) for pk in range(1, 60))]
    with django_assert_num_queries(1):
        happenings(user, scopes, today() - timedelta(days=30), today() + timedelta(days=1))
