"""The demonstration centre as a whole: one seed builds one centre, and every role finds something to do."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count, Max
from django.urls import reverse

from ccperf.core.dates import today
from ccperf.demo.building import build
from ccperf.demo.plan import Scale
from ccperf.jobs.models import Job
from ccperf.metrics.models import Observation, Rollup
from ccperf.notify.models import Notification
from ccperf.people.models import Membership, Person, User
from feedback.models import FeedbackItem
from feedback.themes.models import Assignment
from improvement.models import ImprovementAction
from retention.models import Leaver
from strategy.models import Change, Objective

SMALL = {"agents": 26, "months": 3, "seed": 5}


@pytest.fixture(scope="module")
def small(django_db_setup, django_db_blocker):
    """One small centre for all tests that use it, inside a transaction that is rolled back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(Scale(today=today(), **SMALL))
        transaction.set_rollback(True)


def rows(model, order: str, *fields: str) -> list[tuple]:
    return list(model.objects.order_by(*order.split()).values_list(*fields))


def fingerprint() -> dict[str, object]:
    """What two centres of one seed must have in common, without row numbers."""
    by_day = "day person__name team__name site__name queue__name metric__key numerator denominator n"
    return {
        "people": rows(Person, "employee_number", "employee_number", "name", "email"),
        "teams": rows(Membership, "pk", "person__name", "team__name", "starts_on"),
        "figures": rows(Observation, by_day, "day", "metric__key", "numerator", "denominator", "n"),
        "feedback": rows(FeedbackItem, "pk", "text", "received_on", "shared_at"),
        "themes": rows(Assignment, "item__text theme__key item__received_on", "item__text", "theme__key"),
        "actions": rows(ImprovementAction, "pk", "title", "starts_on", "verdict"),
        "leavers": rows(Leaver, "pk", "person__name", "left_on", "kind"),
    }


# These come first: once the fixture `small` stands, the database has people until the module ends.
@pytest.mark.django_db
def test_the_command_refuses_to_mix_or_to_touch_production(centre, settings):
    with pytest.raises(CommandError, match="has people already"):
        call_command("demo")
    with pytest.raises(CommandError, match="between 24 and 5000"):
        call_command("demo", agents=2)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production installation"):
        call_command("demo", add=True)


@pytest.mark.django_db
def test_the_command_keeps_the_logins_for_later(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    call_command("demo", **SMALL)
    kept = json.loads((tmp_path / "demo.json").read_text())
    assert [login["username"] for login in kept["logins"]][:2] == ["agent", "supervisor"]
    with pytest.raises(CommandError, match="stands already"):
        call_command("demo", add=True, **SMALL)
    printed = capsys.readouterr().out
    assert all(login["password"] in printed for login in kept["logins"])
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_the_same_seed_builds_the_same_centre():
    build(Scale(today=today(), **SMALL))
    first = fingerprint()
    connection.check_constraints()  # PostgreSQL empties no table that still has foreign keys to check
    call_command("flush", interactive=False, verbosity=0)
    build(Scale(today=today(), **SMALL))
    second = fingerprint()
    assert all(first.values())
    for part, expected in first.items():
        unequal = [pair for pair in zip(expected, second[part], strict=True) if pair[0] != pair[1]]
        assert not unequal[:3], f"{len(unequal)} of {len(expected)} {part}"


@pytest.mark.django_db
def test_every_role_has_a_home_that_shows_its_work(small, client):
    names = {login["role"]: login["username"] for login in small.logins}
    assert set(names) == {"Agent", "Supervisor", "Manager", "HR", "Administrator", "Privacy officer"}
    for role, username in names.items():
        client.force_login(User.objects.get(username=username))
        response = client.get(reverse("dashboards:home"), follow=True)
        assert response.status_code == 200, role
        assert response.content.decode().count("cp-panel") >= 1, role


@pytest.mark.django_db
def test_the_printed_logins_work(small, client):
    for login in small.logins:
        form = {"username": login["username"], "password": login["password"]}
        assert client.post(reverse("login"), form).status_code == 302, login["role"]
        client.post(reverse("logout"))


@pytest.mark.django_db
def test_nobody_else_can_sign_in(small):
    names = [login["username"] for login in small.logins]
    assert not any(user.has_usable_password() for user in User.objects.exclude(username__in=names))


@pytest.mark.django_db
def test_figures_end_yesterday_and_their_sums_are_ready(small):
    latest = Observation.objects.aggregate(latest=Max("day"))["latest"]
    assert 1 <= (today() - latest).days <= 2  # Closed on Sundays.
    assert Rollup.objects.exists()
    assert not Job.objects.filter(status=Job.Status.QUEUED).exists()


@pytest.mark.django_db
def test_every_stage_of_the_loop_is_there(small):
    supervisor = User.objects.get(username="supervisor")
    feedback = FeedbackItem.objects.visible_to(supervisor)
    assert feedback.unshared().exists()
    assert feedback.unread().exists() or feedback.filter(replied_at__isnull=False).exists()
    states = set(ImprovementAction.objects.values_list("status", flat=True))
    assert {"proposed", "agreed"} <= states
    assert ImprovementAction.objects.visible_to(supervisor).open().exists()
    assert ImprovementAction.objects.waiting_for(User.objects.get(username="agent").access.person_id).exists()
    assert Change.objects.open().count() >= 5
    assert Objective.objects.published().count() == 5
    assert Leaver.objects.filter(leaver_reasons__isnull=False).exists()
    assert Notification.objects.unread().exists()
    assert Assignment.objects.values("theme").annotate(count=Count("pk")).count() >= 5
