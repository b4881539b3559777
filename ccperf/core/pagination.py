"""Pages of a long list."""

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def paginate(request: HttpRequest, rows, per_page: int = 25, *, count: int | None = None) -> Page:
    """The page that ``?page=`` asks for; a wrong number shows the nearest page.

    ``count`` spares the counting of rows that were counted already.
    """
    pages = Paginator(rows, per_page)
    if count is not None:
        pages.count = count
    return pages.get_page(request.GET.get("page"))
