"""Answers that Django leaves without a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wrong_verb_page(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Give an empty 405 a page: a reload or an old bookmark of what only a form may send ends there."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return answer
