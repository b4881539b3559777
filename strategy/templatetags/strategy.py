"""The calendar of changes on a page."""

from datetime import date, timedelta

from django import template
from django.utils.safestring import SafeString

from strategy.analysis_changes import WeekLoad
from strategy.calendar_chart import calendar_figure
from strategy.selectors import CALENDAR_WEEKS, Calendar

register = template.Library()


@register.simple_tag
def calendar_chart(calendar: Calendar) -> SafeString:
    return calendar_figure(calendar)


@register.filter
def last_day(calendar: Calendar) -> date:
    """The last day shown: the calendar itself ends before a Monday."""
    return calendar.end - timedelta(days=1)


@register.filter
def names_in(calendar: Calendar, week: WeekLoad) -> str:
    """The titles of the changes that meet in a week."""
    return ", ".join(calendar.names_in(week))


@register.filter
def earlier(calendar: Calendar) -> str:
    return (calendar.start - timedelta(weeks=CALENDAR_WEEKS // 2)).isoformat()


@register.filter
def later(calendar: Calendar) -> str:
    return (calendar.start + timedelta(weeks=CALENDAR_WEEKS // 2)).isoformat()
