"""Signing in and out, and setting passwords."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy

from ccperf.audit.services import record
from ccperf.people.forms import PasswordChangeForm, PasswordResetForm, PasswordSetForm, SignInForm
from ccperf.people.models import User


class InvalidFormMixin:
    """An invalid form is answered by 422, as everywhere in the application."""

    def form_invalid(self, form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignIn(InvalidFormMixin, views.LoginView):
    """Sign-in page; it says so when a session ran out, and leads back to where the person was."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs) -> dict:
        unsaved = "unsaved" in self.request.GET
        return super().get_context_data(
            session_ended=unsaved or "ended" in self.request.GET,
            unsaved=unsaved,
            session_hours=settings.SESSION_COOKIE_AGE // 3600,
            **kwargs,
        )

    def get_success_url(self) -> str:
        if self.request.user.is_authenticated and self.request.user.must_change_password:
            return str(reverse_lazy("password_change"))
        return super().get_success_url()


class PasswordChange(InvalidFormMixin, views.PasswordChangeView):
    """Change of one's own password; clears the duty to change a password somebody else set."""

    form_class = PasswordChangeForm
    success_url = reverse_lazy("account")

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        User.objects.filter(pk=self.request.user.pk).update(must_change_password=False)
        record("people.password.changed", by=self.request.user)
        messages.success(self.request, "Your password was changed.")
        return response


class PasswordReset(InvalidFormMixin, views.PasswordResetView):
    """Asks for the e-mail address; the answer is the same whether it is known or not."""

    form_class = PasswordResetForm
    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"


class PasswordSet(InvalidFormMixin, views.PasswordResetConfirmView):
    """The page behind the link of an invitation or a reset."""

    form_class = PasswordSetForm
    post_reset_login = False

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        User.objects.filter(pk=self.user.pk).update(must_change_password=False)
        record("people.password.set", by=self.user)
        messages.success(self.request, "Your password is set. Sign in with it.")
        return response


def account(request: HttpRequest) -> HttpResponse:
    """One's own account: name, roles, how long a session lasts."""
    if request.method != "GET":
        return redirect("account")
    context = {"session_hours": settings.SESSION_COOKIE_AGE // 3600, "access": request.user.access}
    return render(request, "registration/account.html", context)
