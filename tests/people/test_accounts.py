import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from ccperf.people.models import Person, RoleAssignment, User
from ccperf.people.services_accounts import close_lapsed_accounts, password_link
from tests.factories import make_person

pytestmark = pytest.mark.django_db
GOOD = "wardrobe-otter-77"


def sign_in(client, name, password="a-Secret-77", **extra):
    return client.post(reverse("login"), {"username": name, "password": password, **extra})


@pytest.mark.parametrize("name", ["username", "email", "email in capitals"])
def test_signing_in_works_by_name_and_by_mail(client, centre, name):
    user = centre.agent
    typed = {"username": user.username, "email": user.email, "email in capitals": user.email.upper()}[name]
    assert sign_in(client, typed).status_code == 302


def test_a_wrong_password_is_told_without_telling_which_was_wrong(client, centre):
    known = sign_in(client, centre.agent.username, "wrong")
    unknown = sign_in(client, "nobody-here", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert "do not match" in known.content.decode()
    assert "do not match" in unknown.content.decode()


def test_too_many_wrong_passwords_lock_even_the_right_one_out(client, centre, settings):
    settings.AXES_ENABLED = True
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, centre.agent.username, "wrong")
    response = sign_in(client, centre.agent.username)
    assert response.status_code == 429
    assert "Too many wrong passwords" in response.content.decode()
    assert sign_in(client, centre.colleague.username).status_code == 302


def test_signing_out_needs_a_post(client, centre):
    client.force_login(centre.agent)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("account")).status_code == 302


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in_when_the_session_ran_out(client, centre):
    client.force_login(centre.supervisor)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    page = reverse("feedback:item-log") + "?person=1"
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    answer = client.post(reverse("feedback:item-suggest"), {"text": "Amara was kind."}, headers=asked)
    assert answer.content == b""
    address = answer.headers["HX-Redirect"]
    assert "Your session has ended" in client.get(address).text
    assert sign_in(client, centre.supervisor.username, next=page).headers["Location"] == page
    assert page in unquote(address)


def test_a_part_asked_for_from_elsewhere_leads_to_the_home_page(client, centre):
    asked = {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/feedback/"}
    answer = client.post(reverse("feedback:item-suggest"), headers=asked)
    assert answer.headers["HX-Redirect"].endswith("?next=/")


def test_a_session_that_ran_out_is_explained_and_leads_back(client, centre):
    client.force_login(centre.agent)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    address = reverse("notify:inbox")
    response = client.get(address, follow=True)
    assert "Your session has ended" in response.content.decode()
    assert sign_in(client, centre.agent.username, next=address).headers["Location"] == address


def test_what_was_sent_after_the_session_ran_out_leads_back_to_the_page_with_the_form(client, centre):
    inbox = reverse("notify:inbox")
    referer = {"Referer": f"http://testserver{inbox}?all=1"}
    response = client.post(reverse("notify:all-read"), follow=True, headers=referer)
    assert response.context["next"] == f"{inbox}?all=1"
    assert "What you sent just now was not saved" in response.content.decode()


@pytest.mark.parametrize("referer", ["", "https://evil.example/inbox/", "http://testserver.evil.example/"])
def test_from_nowhere_of_ours_signing_in_leads_home(client, centre, referer):
    response = client.post(reverse("notify:all-read"), headers={"Referer": referer} if referer else {})
    assert response.headers["Location"] == "/accounts/login/?next=/&unsaved=yes"


def test_a_part_of_a_page_asked_for_without_a_session_takes_the_whole_page_to_sign_in(client, centre):
    headers = {"HX-Request": "true", "Referer": "http://testserver/feedback/"}
    response = client.get(reverse("feedback:item-list"), headers=headers)
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=/feedback/"


def test_somebody_who_never_signed_in_is_not_told_of_a_session(client, centre):
    assert "Your session has ended" not in client.get(reverse("notify:inbox"), follow=True).content.decode()


def test_a_password_somebody_else_chose_is_changed_first(client, centre):
    User.objects.filter(pk=centre.agent.pk).update(must_change_password=True)
    assert sign_in(client, centre.agent.username).headers["Location"] == reverse("password_change")
    form = {"old_password": "a-Secret-77", "new_password1": GOOD, "new_password2": GOOD}
    assert client.post(reverse("password_change"), form).status_code == 302
    centre.agent.refresh_from_db()
    assert not centre.agent.must_change_password


def test_two_different_new_passwords_are_refused(client, centre):
    client.force_login(centre.agent)
    form = {"old_password": "a-Secret-77", "new_password1": GOOD, "new_password2": "other-otter-77"}
    assert client.post(reverse("password_change"), form).status_code == 422


def test_a_reset_for_what_is_no_address_is_refused(client, db):
    answer = client.post(reverse("password_reset"), {"email": "nobody"})
    assert answer.status_code == 422
    assert "valid email address" in answer.text
    assert not mail.outbox


def test_a_forgotten_password_is_reset_by_mail_and_the_answer_tells_nothing(client, centre):
    User.objects.filter(pk=centre.agent.pk).update(first_name="", last_name="Aoife O'Neil")
    known = client.post(reverse("password_reset"), {"email": centre.agent.email}, follow=True)
    unknown = client.post(reverse("password_reset"), {"email": "nobody@example.com"}, follow=True)
    assert known.content == unknown.content
    (message,) = mail.outbox
    assert message.body.startswith("Hello Aoife O'Neil,\n")
    link = re.search(r"http://testserver(/\S+)", message.body).group(1)
    page = client.get(link, follow=True)
    form = {"new_password1": GOOD, "new_password2": GOOD}
    client.post(page.request["PATH_INFO"], form)
    assert sign_in(client, centre.agent.username, GOOD).status_code == 302
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_an_invitation_makes_an_account_and_mails_its_link(
    client, centre, django_capture_on_commit_callbacks
):
    client.force_login(centre.admin)
    form = {
        "name": "Mei-Ling Castellanos-Thornbury",
        "email": "meiling@example.com",
        "role": "agent",
        "starts_on": "2026-03-02",
        "team": centre.team.pk,
        "submission": "token-1",
    }
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(reverse("people:person-invite"), form)
        second = client.post(reverse("people:person-invite"), form)
    person = Person.objects.get(name="Mei-Ling Castellanos-Thornbury")
    assert first.headers["Location"] == reverse("people:person-edit", args=[person.pk])
    assert second.headers["Location"] == first.headers["Location"]
    assert person.user.username == "meiling.castellanosthornbury"
    assert person.memberships.get().team == centre.team
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/\S+)", message.body).group(1)
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"new_password1": GOOD, "new_password2": GOOD})
    client.logout()
    assert sign_in(client, "meiling@example.com", GOOD).status_code == 302


def test_the_link_is_shown_until_it_is_used_and_only_without_a_mail_server(client, centre, settings):
    person = centre.people.agent
    user = centre.agent
    user.set_unusable_password()
    user.last_login = None
    user.save()
    client.force_login(centre.admin)
    page = reverse("people:person-edit", args=[person.pk])
    assert "/accounts/set/" in client.get(page).content.decode()
    settings.EMAIL_URL_HOST = "mail.example.com"
    assert "/accounts/set/" not in client.get(page).content.decode()
    settings.EMAIL_URL_HOST = ""
    user.set_password(GOOD)
    user.save()
    assert "/accounts/set/" not in client.get(page).content.decode()


def test_a_link_of_somebody_else_does_not_set_the_own_password(client, centre):
    link = password_link(centre.agent).replace("/set/", "/set/x", 1)
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_known_people_get_an_account_and_their_invitation(client, centre, django_capture_on_commit_callbacks):
    person = make_person("Li Na", team=centre.team)
    client.force_login(centre.admin)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("people:account-open", args=[person.pk]), {"username": "li.na"})
    person.refresh_from_db()
    assert person.user.username == "li.na"
    assert len(mail.outbox) == 1


def test_a_shut_account_is_out_with_the_next_click(client, centre):
    client.force_login(centre.agent)
    assert client.get(reverse("account")).status_code == 200
    admin = type(client)()
    admin.force_login(centre.admin)
    address = reverse("people:account-deactivate", args=[centre.people.agent.pk])
    assert admin.get(address).status_code == 200
    admin.post(address, {"version": 1})
    assert client.get(reverse("account")).status_code == 302
    admin.post(reverse("people:account-reactivate", args=[centre.people.agent.pk]))
    assert sign_in(client, centre.agent.username).status_code == 302


def test_nobody_shuts_the_own_account_or_acts_on_an_old_page(client, centre):
    client.force_login(centre.admin)
    own = reverse("people:account-deactivate", args=[centre.people.admin.pk])
    response = client.post(own, {"version": 1})
    assert response.status_code == 422
    assert "your own account" in response.content.decode()
    other = reverse("people:account-deactivate", args=[centre.people.agent.pk])
    assert client.post(other, {"version": 0}).status_code == 422
    centre.agent.refresh_from_db()
    assert centre.agent.is_active


def test_an_invited_administrator_takes_over_when_the_last_one_leaves(client, centre):
    other = make_person("Second", role="admin", user=True)
    client.force_login(other.user)
    address = reverse("people:person-roles", args=[centre.people.admin.pk])
    assert client.post(address, {"version": 1}).status_code == 302
    assert not RoleAssignment.objects.on().filter(person=centre.people.admin).exists()
    own = reverse("people:person-roles", args=[other.pk])
    assert client.post(own, {"version": 1}).status_code == 422


def test_accounts_of_people_who_left_lapse(centre):
    person = centre.people.agent
    person.employments.update(ends_before="2026-01-01")
    assert close_lapsed_accounts() == 1
    assert close_lapsed_accounts() == 0
    centre.agent.refresh_from_db()
    assert not centre.agent.is_active


@pytest.mark.parametrize("again", [False, True])
def test_the_first_login_of_a_new_centre_is_an_administrator(client, monkeypatch, again):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD)
    call_command("createsuperuser", interactive=False, username="ada", email="ada@example.org", verbosity=0)
    if again:
        call_command(
            "createsuperuser", interactive=False, username="grace", email="g@example.org", verbosity=0
        )
    assert sign_in(client, "ada", GOOD).status_code == 302
    assert client.get(reverse("people:person-invite")).status_code == 200
    assert "Has left" not in client.get(reverse("people:person-list")).content.decode().split("<tbody")[1]
    assert client.get(reverse("imports:import-new")).status_code == 200
    assert RoleAssignment.objects.filter(role="admin").count() == 1 + again
