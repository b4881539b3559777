"""The statements that sum observations: the same on SQLite and PostgreSQL, for a few partitions or for all.

Which figure counts, where several levels say something about one measure on one day:
- team: the team's own figure, else the sum of its agents;
- site: the site's own figure, else the sum of its queues, else the sum of its teams;
- organisation: its own figure, else the sites together with what belongs to no site (queues before agents).

An agent's month is the sum of the weeks that lie wholly in it and of the days at its edges, so that each
observation is grouped about once. Every condition on ``metrics_rollup`` begins with its key.
"""

# ruff: noqa: S608  Statements are put together from constants of this module; every value is a parameter.

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from ccperf.core.dates import add_months, month_start, week_start

TABLE = "metrics_rollup"
COLUMNS = "scope, grain, scope_id, starts_on, metric_id, numerator, denominator, n"
SUMS = "SUM(numerator), SUM(denominator), CAST(SUM(n) AS bigint)"
GROUPS = ("team", "site", "organisation")
WEEK = timedelta(days=7)

AGENT_WEEK = f"""
SELECT 'agent', 'week', person_id, {{period}}, metric_id, {SUMS}
  FROM metrics_observation
 WHERE person_id IS NOT NULL AND day >= %s AND day < %s {{only}}
 GROUP BY person_id{{by}}, metric_id"""
AGENT_MONTH = f"""
SELECT 'agent', 'month', person_id, {{period}}, metric_id, {SUMS}
  FROM (SELECT scope_id AS person_id, starts_on AS day, metric_id, numerator, denominator, n
          FROM {{table}}
         WHERE scope = 'agent' AND grain = 'week' {{only_sums}} AND starts_on IN ({{weeks}})
         UNION ALL
        SELECT person_id, day, metric_id, numerator, denominator, n
          FROM metrics_observation
         WHERE person_id IS NOT NULL {{only}} AND day IN ({{days}})
       ) AS parts
 GROUP BY person_id{{by}}, metric_id"""
TEAM_DAY = """
SELECT 'team', 'day', team_id, day, metric_id,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN numerator ELSE 0 END) ELSE SUM(numerator) END,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN denominator ELSE 0 END) ELSE SUM(denominator) END,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN n ELSE 0 END) ELSE SUM(n) END
  FROM metrics_observation
 WHERE team_id IS NOT NULL AND day >= %s AND day < %s {only}
 GROUP BY team_id, day, metric_id"""
# CROSS JOIN keeps SQLite from building an index over all sums instead of using their key.
SITE_DAY = """
SELECT 'site', 'day', site_id, day, metric_id, numerator, denominator, n
  FROM (SELECT site_id, day, metric_id, level,
               SUM(numerator) AS numerator, SUM(denominator) AS denominator, SUM(n) AS n,
               MIN(level) OVER (PARTITION BY site_id, day, metric_id) AS best FROM (
        SELECT CASE WHEN queue_id IS NULL THEN 1 ELSE 2 END AS level, site_id, day, metric_id,
               numerator, denominator, n
          FROM metrics_observation
         WHERE team_id IS NULL AND site_id IS NOT NULL AND person_id IS NULL AND day >= %s AND day < %s
         UNION ALL
        SELECT 3, people_team.site_id, starts_on, metric_id, numerator, denominator, n
          FROM people_team CROSS JOIN {table} AS sums
         WHERE scope = 'team' AND grain = 'day' AND scope_id = people_team.id
           AND starts_on >= %s AND starts_on < %s
        ) AS parts
         GROUP BY site_id, day, metric_id, level) AS levels
 WHERE level = best"""
ORGANISATION_DAY = """
SELECT 'organisation', 'day', 0, day, metric_id, SUM(numerator), SUM(denominator), SUM(n)
  FROM (SELECT loose.*, MIN(own) OVER (PARTITION BY day, metric_id) AS best_own FROM (
        SELECT parts.*, MIN(level) OVER (PARTITION BY own, placed, day, metric_id) AS best FROM (
        SELECT CASE WHEN subject = 'organisation' THEN 1 ELSE 2 END AS own, 0 AS placed,
               CASE WHEN subject = 'organisation' THEN 0 WHEN queue_id IS NULL THEN 2 ELSE 1 END AS level,
               day, metric_id, numerator, denominator, n
          FROM metrics_observation
         WHERE team_id IS NULL AND site_id IS NULL AND day >= %s AND day < %s
         UNION ALL
        SELECT 2, 1, 0, starts_on, metric_id, numerator, denominator, n
          FROM people_site CROSS JOIN {table} AS sums
         WHERE scope = 'site' AND grain = 'day' AND scope_id = people_site.id
           AND starts_on >= %s AND starts_on < %s
        ) AS parts) AS loose WHERE level = best) AS ranked
 WHERE own = best_own
 GROUP BY day, metric_id"""
CASCADE = f"""
SELECT '{{scope}}', '{{grain}}', scope_id, {{period}}, metric_id, {SUMS}
  FROM {{table}}
 WHERE scope = '{{scope}}' AND grain = 'day' {{only}} AND starts_on >= %s AND starts_on < %s
 GROUP BY scope_id{{by}}, metric_id"""

# PostgreSQL: what is the same stays, and what changed is written in its place, which leaves the key as it is.
REPLACE = f"""
WITH fresh ({COLUMNS}) AS ({{select}}),
     differing AS MATERIALIZED (
         SELECT fresh.*, stored.place FROM fresh FULL JOIN (
                SELECT ctid AS place, scope_id, starts_on, metric_id, numerator, denominator, n
                  FROM {{table}} AS stored WHERE {{where}}) AS stored USING (scope_id, starts_on, metric_id)
          WHERE (fresh.numerator, fresh.denominator, fresh.n)
                IS DISTINCT FROM (stored.numerator, stored.denominator, stored.n)),
     gone AS (DELETE FROM {{table}} AS stored USING differing AS fresh
               WHERE stored.ctid = fresh.place AND fresh.scope IS NULL),
     changed AS (UPDATE {{table}} AS stored
                    SET numerator = fresh.numerator, denominator = fresh.denominator, n = fresh.n
                   FROM differing AS fresh WHERE stored.ctid = fresh.place AND fresh.scope IS NOT NULL)
INSERT INTO {{table}} ({COLUMNS})
SELECT {COLUMNS} FROM differing WHERE place IS NULL ORDER BY scope_id, starts_on, metric_id"""


@dataclass(frozen=True)
class Span:
    """Days ``[start, end)``. Where they are more than one week or month (``is_one`` false, PostgreSQL alone)
    the statement works out the period of every row.
    """

    start: date
    end: date
    is_one: bool = True


def week_of(day: date) -> Span:
    start = week_start(day)
    return Span(start, start + WEEK)


def month_of(day: date) -> Span:
    start = month_start(day)
    return Span(start, add_months(start, 1))


@dataclass(frozen=True)
class Part:
    """Whose sums of which periods; ``ids`` are the subjects meant, None everybody."""

    scope: str
    grain: str
    span: Span
    ids: Sequence[int] | None

    @property
    def condition(self) -> str:
        """SQL that holds for its rows, of a table named ``stored``."""
        return (
            f"stored.scope = '{self.scope}' AND stored.grain = '{self.grain}' "
            f"{_only('stored.scope_id', self.ids)} AND stored.starts_on >= %s AND stored.starts_on < %s"
        )

    @property
    def values(self) -> list[Any]:
        return [*(self.ids or ()), self.span.start, self.span.end]


@dataclass
class Sums:
    """Puts sums into ``table``. With ``replacing``, they take the place of what stood for the same
    partitions, so that nothing is left behind when a move empties one.

    ``ids`` are the subjects meant, None everybody.
    """

    cursor: Any
    table: str = TABLE
    replacing: bool = True

    def agent_weeks(self, span: Span, ids: Sequence[int] | None = None) -> None:
        statement = AGENT_WEEK.format(only=_only("person_id", ids), **_period("week", "day", span))
        part = Part("agent", "week", span, ids)
        self._put(part, statement, [span.start, span.end, *(ids or ())])

    def agent_months(self, span: Span, ids: Sequence[int] | None = None) -> None:
        """From the weeks in ``table`` and the days at the edges of each month."""
        weeks, days = _weeks_and_edges(span)
        statement = AGENT_MONTH.format(
            table=self.table,
            only=_only("person_id", ids),
            only_sums=_only("scope_id", ids),
            weeks=_marks(weeks),
            days=_marks(days),
            **_period("month", "day", span),
        )
        values = [*(ids or ()), *weeks, *(ids or ()), *days]
        self._put(Part("agent", "month", span, ids), statement, values)

    def team_days(self, span: Span, ids: Sequence[int] | None = None) -> None:
        statement = TEAM_DAY.format(only=_only("team_id", ids))
        self._put(Part("team", "day", span, ids), statement, [span.start, span.end, *(ids or ())])

    def site_days(self, span: Span) -> None:
        """Days of sites and of the organisation, from those of teams in ``table``."""
        for scope, statement in (("site", SITE_DAY), ("organisation", ORGANISATION_DAY)):
            part = Part(scope, "day", span, None)
            self._put(part, statement.format(table=self.table), [span.start, span.end] * 2)

    def cascade(self, scope: str, grain: str, span: Span, ids: Sequence[int] | None = None) -> None:
        """Weeks or months of teams, sites or the organisation, from their days in ``table``."""
        period = _period(grain, "starts_on", span)
        only = _only("scope_id", ids)
        statement = CASCADE.format(scope=scope, grain=grain, table=self.table, only=only, **period)
        self._put(Part(scope, grain, span, ids), statement, [*(ids or ()), span.start, span.end])

    def _put(self, part: Part, select: str, values: Sequence[Any]) -> None:
        where = part.condition
        insert = f"INSERT INTO {self.table} ({COLUMNS}) {select}"
        if not self.replacing:
            # Where sums of one period lie together, those of a new day or of a few people are on few pages.
            run(self.cursor, f"{insert} ORDER BY 4, 3, 5", values)
        elif connection.vendor == "postgresql":
            replace = REPLACE.format(table=self.table, select=select, where=where)
            run(self.cursor, replace, [*values, *part.values])
        else:
            run(self.cursor, f"DELETE FROM {self.table} AS stored WHERE {where}", part.values)
            run(self.cursor, f"{insert} ORDER BY 3, 4, 5", values)


def run(cursor: Any, statement: str, values: Iterable[Any]) -> None:
    """Execute with dates in the form the database keeps them."""
    adapt = connection.ops.adapt_datefield_value
    cursor.execute(statement, [adapt(value) if isinstance(value, date) else value for value in values])


def _only(column: str, ids: Sequence[int] | None) -> str:
    return "" if ids is None else f"AND {column} IN ({_marks(ids)})"


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _period(grain: str, column: str, span: Span) -> dict[str, str]:
    """SQL for the first day of the week or month of ``column``, and how to group by it."""
    if span.is_one:
        return {"period": _literal(span.start), "by": ""}
    # 1 January of the year 1 was a Monday.
    monday = f"({column} - ({column} - DATE '0001-01-01') %% 7)"
    period = monday if grain == "week" else f"CAST(DATE_TRUNC('month', {column}) AS date)"
    return {"period": period, "by": f", {period}"}


def _literal(day: date) -> str:
    return f"DATE '{day}'" if connection.vendor == "postgresql" else f"'{day}'"


def _weeks_and_edges(span: Span) -> tuple[list[date], list[date]]:
    """Mondays of the weeks that lie wholly in one month of the span, and the days in no such week."""
    weeks: list[date] = []
    days: list[date] = []
    month = span.start
    while month < span.end:
        end = add_months(month, 1)
        day = month
        while day < end:
            if day.weekday() == 0 and day + WEEK <= end:
                weeks.append(day)
                day += WEEK
            else:
                days.append(day)
                day += timedelta(days=1)
        month = end
    return weeks, days


def runs_of(days: Iterable[date]) -> Iterator[Span]:
    """Days as stretches without a gap."""
    ordered = sorted(set(days))
    for index, day in enumerate(ordered):
        if index == 0 or ordered[index - 1] + timedelta(days=1) != day:
            start = day
        end = day + timedelta(days=1)
        if index == len(ordered) - 1 or ordered[index + 1] != end:
            yield Span(start, end)
