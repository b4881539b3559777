"""Views that people keep: only our own pages, pinned to home, shared without showing more."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from ccperf.metrics.models import IntervalRecord
from ccperf.metrics.saved import SavedView
from ccperf.metrics.saving import checked_address

pytestmark = pytest.mark.django_db


def keep(client, user, address, **fields):
    client.force_login(user)
    data = {"name": "Mine", "address": address, "is_pinned": "on", "shared_with": "", **fields}
    return client.post(reverse("metrics:view-create"), data)


def test_a_view_is_kept_pinned_changed_and_deleted(client, centre):
    address = f"{centre.team.get_absolute_url()}?span=month-13"
    assert keep(client, centre.supervisor, f"{address}&format=csv&next=//evil.example").url == address
    view = SavedView.objects.get()
    assert view.address == address
    assert f'href="{address}"' in client.get("/").content.decode()
    change = {"name": "Months", "address": address, "shared_with": "everyone"}
    client.post(reverse("metrics:view-edit", args=[view.pk]), change)
    assert f'href="{address}"' not in client.get("/").content.decode()
    view.refresh_from_db()
    assert (view.name, view.is_pinned, view.shared_with) == ("Months", False, "everyone")
    client.post(reverse("metrics:view-delete", args=[view.pk]))
    assert not SavedView.objects.exists()


def make_intervals(centre):
    """Half hours of a site and a team, as pairs of kind and number."""
    subjects = [("site", centre.site.pk), ("team", centre.team.pk)]
    for kind, pk in subjects:
        IntervalRecord.objects.create(
            starts_at=datetime(2026, 11, 3, 9, tzinfo=UTC), day=date(2026, 11, 3), subject=f"{kind}:{pk}",
            grain=1, offered=9, created_batch_id=1, batch_id=1, **{f"{kind}_id": pk},
        )  # fmt: skip
    return subjects


def test_a_shared_view_is_found_by_who_may_open_it_and_shows_no_more(client, centre):
    team, site = centre.team.get_absolute_url(), centre.site.get_absolute_url()
    measure = f"{reverse('metrics:metric-detail', args=['aht'])}?scope=team:{centre.team.pk}"
    rows = f"{reverse('metrics:metric-rows', args=['aht'])}?scope=site:{centre.site.pk}"
    half_hours = [f"{reverse('metrics:day')}?subject={kind}:{pk}" for kind, pk in make_intervals(centre)]
    spans = (reverse("metrics:organisation"), reverse("alerts:span"))
    addresses = (team, site, measure, rows, *half_hours, *spans)
    for address in addresses:
        keep(client, centre.supervisor, address, name=address, shared_with="everyone")
    for reader in (
        centre.manager,
        centre.stranger_supervisor,
        centre.stranger_manager,
        centre.agent,
        centre.hr,
    ):
        client.force_login(reader)
        listed = client.get(reverse("metrics:view-list")).context["shared"]
        opened = [address for address in addresses if client.get(address, follow=True).status_code == 200]
        assert {view.address for view in listed} == set(opened)
    assert len(opened) == 0
    view = SavedView.objects.first()
    client.force_login(centre.stranger_supervisor)
    assert client.post(reverse("metrics:view-edit", args=[view.pk]), {}).status_code == 404


def test_a_view_shared_with_a_role_is_found_by_that_role_only(client, centre):
    keep(client, centre.supervisor, reverse("metrics:organisation"), shared_with="manager")
    for reader, finds in ((centre.manager, 1), (centre.stranger_supervisor, 0)):
        client.force_login(reader)
        assert len(client.get(reverse("metrics:view-list")).context["shared"]) == finds


def test_a_page_about_one_person_is_shared_with_nobody(client, centre):
    for address in (
        centre.people.agent.get_absolute_url(),
        f"{reverse('metrics:metric-rows', args=['aht'])}?scope=agent:{centre.people.agent.pk}",
    ):
        answer = keep(client, centre.supervisor, address, shared_with="manager")
        assert answer.status_code == 422
        assert "kept only for yourself" in answer.content.decode()
    assert keep(client, centre.supervisor, centre.people.agent.get_absolute_url()).status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/teams/",
        "//evil.example/teams/1/",
        "/jobs/",
        "/no/",
        "",
        "javascript:alert(1)",
    ],
)
def test_other_addresses_are_refused(client, centre, address):
    with pytest.raises(ValidationError):
        checked_address(address)
    assert keep(client, centre.supervisor, address).status_code == 422


def test_a_name_is_kept_once_and_home_has_room_for_eight(client, centre):
    keep(client, centre.supervisor, "/organisation/")
    again = keep(client, centre.supervisor, "/organisation/")
    assert "You keep a view of this name already" in again.content.decode()
    for number in range(7):
        keep(client, centre.supervisor, "/organisation/", name=f"View {number}")
    full = keep(client, centre.supervisor, "/organisation/", name="One more")
    assert "Unpin one first" in full.content.decode()
