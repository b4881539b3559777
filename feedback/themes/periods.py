"""The period that pages about themes hand on to each other in their links."""

from django.http import HttpRequest
from django.utils.http import urlencode

from feedback.themes.selectors import until_asked, weeks_asked


def period_of(request: HttpRequest) -> str:
    """The chosen weeks and last day as a query string; empty for the usual period."""
    weeks, until = request.GET.get("weeks", ""), until_asked(request.GET.get("until", ""))
    chosen = {"weeks": weeks_asked(weeks)} if weeks else {}
    if until:
        chosen["until"] = until.isoformat()
    return f"?{urlencode(chosen)}" if chosen else ""
