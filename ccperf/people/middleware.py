"""Asking for the sign-in, also where only a part of a page was asked for."""

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads to the sign-in page, and says there when a session has ended: its cookie is gone by then.

    A part of a page is not filled with the sign-in page: the whole page goes there, and afterwards back to
    where the person was. The part's own address may only take a POST.
    """

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        had_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        sign_in = resolve_url(self.get_login_url(view_func)) + ("?ended=1" if had_session else "")
        if not request.htmx:
            return redirect_to_login(request.get_full_path(), sign_in)
        page = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(page, sign_in).url)
