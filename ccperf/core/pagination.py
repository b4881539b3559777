"""Pages of a long list."""

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def paginate(request: HttpRequest, rows, per_page: int = 50) -> Page:
    """The page that ``?page=`` asks for; a wrong number shows the nearest page."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
