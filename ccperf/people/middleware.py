"""Whom a request without a session is sent to, and where signing in leads back to."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

READING = {"GET", "HEAD"}


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends visitors to the sign-in page, which says whether a session has ended: its cookie is gone by then.

    From there it leads back to a page that can be read. What a form sends after the session ended is not
    saved, and its address often takes no GET: the way back leads to the page with the form. A part of a page
    that htmx asks for would be put into the page, so the whole page goes to sign in.
    """

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        is_page = request.method in READING and not request.htmx
        back = request.get_full_path() if is_page else _page_with_the_form(request)
        query = {self.get_redirect_field_name(view_func): back}
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            query["ended"] = "yes"
        if not is_page and not request.htmx:
            query["unsaved"] = "yes"
        address = f"{resolve_url(self.get_login_url(view_func))}?{urlencode(query, safe='/')}"
        return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _page_with_the_form(request: HttpRequest) -> str:
    """The page of ours that the request came from, else the home page."""
    page = (request.htmx and request.htmx.current_url) or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
