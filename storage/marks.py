"""The rules of `customers.indicators` as one SQL statement for both engines, so that a week is judged in one pass.

Every limit is a number of ours, so the statement is made for one day, one feed and one set of limits. A test with made
up customers holds marks and colours to those of `customers.health`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from string import Template

from customers import weeks
from customers.facts import Thresholds
from customers.sweep import Day

ROWS = 13  # usage rows a customer is judged by, the newest ones: as many as a record holds
_NOTHING = "CAST(NULL AS integer)"
_PACK = 4_294_967_296  # seats are less, so a week and its seats are one number of which the greatest is the newest

# What few customers need (a use further back, seats of an old row) is asked in a subquery that the others never run.
# Two indexes are avoided on purpose: of open bugs and of backlog requests there are as many for every chunk as for all.
_STATEMENT = Template("""
WITH said AS (
  SELECT customer_id, max(critical) AS critical, max(bug) AS bug, max(waiting) AS waiting,
    max(escalated) AS escalated, max(risk) AS risk
  FROM (
    SELECT customer_id,
      CASE WHEN severity <> 'critical' THEN 0 WHEN paused_at IS NULL AND due_at <= :now THEN 2 ELSE 1 END AS critical,
      1 AS bug, 0 AS waiting, 0 AS escalated, 0 AS risk
    FROM bugs WHERE customer_id > :after AND customer_id <= :until AND CASE WHEN closed_at IS NULL THEN 1 END = 1
    UNION ALL
    SELECT e.customer_id, 0, 0, 1, 0, 0 FROM feature_evidence e CROSS JOIN features f
    WHERE e.customer_id > :after AND e.customer_id <= :until AND f.id = e.feature_id
      AND f.status = 'backlog' AND f.created_at < :waiting
    UNION ALL
    SELECT customer_id, 0, 0, 0, CASE kind WHEN 'escalation' THEN 1 ELSE 0 END, CASE kind WHEN 'risk' THEN 1 ELSE 0 END
    FROM judgements WHERE customer_id > :after AND customer_id <= :until AND ended_at IS NULL
  ) one GROUP BY customer_id
), seen AS MATERIALIZED (
  SELECT c.id, c.satisfaction, $active AS active, $before AS before,
    said.critical, said.bug, said.waiting, said.escalated, said.risk,
    $newest AS newest, $previous AS previous, $fell AS fell, $in_use AS in_use,
    COALESCE(NULLIF(c.seats, 0), fed_seats, (
      SELECT max(CASE WHEN seats > 0 THEN week * $pack + seats END) % $pack
      FROM (SELECT week, seats FROM usage WHERE customer_id = c.id ORDER BY week DESC LIMIT $rows) u
    ), NULLIF(c.users, 0)) AS seats
  FROM ($customers) c LEFT JOIN said ON said.customer_id = c.id
), marked AS MATERIALIZED (
  SELECT id, active, before, seats,
    CASE WHEN newest IS NULL OR seats IS NULL THEN 'u'
      WHEN CAST(newest AS double precision) / seats >= $green THEN 'g'
      WHEN CAST(newest AS double precision) / seats >= $yellow THEN 'y' ELSE 'r' END
    || CASE WHEN newest IS NULL OR previous IS NULL THEN 'u'
      WHEN previous >= $base AND CAST(previous - newest AS double precision) / previous > $drop THEN 'y'
      WHEN fell THEN 'y' ELSE 'g' END
    || $last_use
    || CASE WHEN satisfaction IS NULL THEN 'u' WHEN satisfaction < $negative THEN 'y' ELSE 'g' END
    || CASE critical WHEN 2 THEN 'r' WHEN 1 THEN 'y' ELSE 'g' END
    || CASE WHEN bug > 0 THEN 'y' ELSE 'g' END
    || CASE WHEN waiting > 0 THEN 'y' ELSE 'g' END
    || CASE WHEN escalated > 0 THEN 'r' ELSE 'g' END
    || CASE WHEN risk > 0 THEN 'r' ELSE 'g' END AS marks
  FROM seen
)
SELECT id AS customer_id, marks, CASE WHEN marks LIKE '%r%' THEN 'red' WHEN marks LIKE '%y%' THEN 'yellow'
  WHEN marks LIKE 'u%' THEN 'unknown' ELSE 'green' END AS colour, active, before, seats
FROM marked
""")

_CUSTOMERS = Template("""
    SELECT c.id, c.satisfaction, c.seats, c.users, $columns
    FROM customers c $joins
    WHERE c.id > :after AND c.id <= :until AND c.status <> 'Churned'
""")
_WEEKS = Template("""LEFT JOIN (
      SELECT customer_id, $columns FROM usage
      WHERE customer_id > :after AND customer_id <= :until AND week >= $since GROUP BY customer_id
    ) u ON u.customer_id = c.id""")

# The same questions in the same order as `indicators.last_use` asks them.
_LAST_USE = Template("""CASE WHEN in_use THEN 'g' ELSE (
      SELECT CASE WHEN count(*) = 0 THEN 'u'
        WHEN max(CASE WHEN active > 0 THEN week END) >= $used_since THEN 'g'
        WHEN max(CASE WHEN active > 0 THEN week END) IS NULL AND $day - 7 * min(week) < $idle THEN 'u'
        WHEN sum(CASE WHEN week BETWEEN $used_since AND $gap_until THEN 1 ELSE 0 END) < $gap_rows THEN 'u'
        WHEN 7 * ($gap_until - COALESCE(max(CASE WHEN active > 0 THEN week END), min(week) - 1)) < $idle THEN 'u'
        ELSE 'r' END
      FROM (SELECT week, active FROM usage WHERE customer_id = seen.id ORDER BY week DESC LIMIT $rows) u
    ) END""")


@lru_cache(maxsize=8)
def judged(day: Day, dialect: str) -> str:
    """SELECT customer_id, marks, colour, active, before, seats of ids in (:after, :until], by :now and :waiting.

    `active` and `before` are NULL unless the feed has brought the whole of the last week that is over.
    """
    return _Marks(day.limits, day.today, day.fed).statement(dialect)


@dataclass(frozen=True, slots=True)
class _Marks:
    limits: Thresholds
    today: date
    fed: date | None

    @property
    def _running(self) -> int:
        return weeks.number(self.today)

    @property
    def _day(self) -> int:
        return (self.today - weeks.EPOCH).days

    def statement(self, dialect: str) -> str:
        limits, looked = self.limits, range(max(2, (self._fresh or 0) + self.limits.falling_weeks) + 1)  # weeks back
        of_record = [back for back in looked if back < ROWS]  # weeks whose rows a record holds, whatever else it holds
        used = [f"COALESCE(a{back}, 0) > 0" for back in of_record if self._running - back >= self._used_since]
        source = self._by_key if dialect == "sqlite" else self._in_one_pass
        return _STATEMENT.substitute(
            customers=source(looked, of_record),
            in_use=f"({' OR '.join(used) or '1 = 0'})",
            pack=_PACK,
            rows=ROWS,
            active="a1" if self._fed == self._running - 1 else _NOTHING,
            before="a2" if self._fed == self._running - 1 else _NOTHING,
            newest=self._held(1, "a{0}") or _NOTHING,
            previous=self._held(2, "a{1}") or _NOTHING,
            fell=self._fell(),
            last_use=self._last_use(),
            green=real(limits.adoption_green),
            yellow=real(limits.adoption_yellow),
            drop=real(limits.usage_drop),
            base=limits.drop_base,
            negative=limits.feedback_negative,
        )

    def _by_key(self, looked: Sequence[int], of_record: Sequence[int]) -> str:
        """SQLite keeps usage in the order of its key: a look at each week takes half as long as a pass over them."""
        columns = [f"u{back}.active AS a{back}" for back in looked]
        seats = ", ".join(f"NULLIF(u{back}.seats, 0)" for back in of_record)
        joins = "".join(
            f"\n      LEFT JOIN usage u{back} ON u{back}.customer_id = c.id AND u{back}.week = {self._running - back}"
            for back in looked
        )
        return _CUSTOMERS.substitute(columns=", ".join([*columns, f"COALESCE({seats}) AS fed_seats"]), joins=joins)

    def _in_one_pass(self, looked: Sequence[int], of_record: Sequence[int]) -> str:
        """PostgreSQL keeps it as it came, week by week: conditional aggregates take a third of the time of such looks.

        Window functions take five times as long.
        """
        since, seats_since = self._running - looked[-1], self._running - of_record[-1]
        columns = [f"max(CASE WHEN week = {self._running - back} THEN active END) AS a{back}" for back in looked]
        newest = f"max(CASE WHEN seats > 0 AND week >= {seats_since} THEN week * {_PACK} + seats END) % {_PACK}"
        weekly = _WEEKS.substitute(columns=", ".join([*columns, f"{newest} AS fed_seats"]), since=since)
        names = ", ".join([*(f"u.a{back}" for back in looked), "u.fed_seats"])
        return _CUSTOMERS.substitute(columns=names, joins=weekly)

    @property
    def _fed(self) -> int | None:
        return None if self.fed is None else min(weeks.number(self.fed), self._running - 1)

    @property
    def _fresh(self) -> int | None:
        """How many weeks back the week lies that usage is judged by, or None; see `indicators._stale`."""
        fed = self._fed
        return None if fed is None or self._day - 7 * fed - 6 > self.limits.feed_days else self._running - fed

    @property
    def _used_since(self) -> int:
        return (self._day - 6 - self.limits.idle_days) // 7 + 1  # the first week whose Sunday is less than that ago

    def _held(self, rows: int, wanted: str) -> str:
        """`wanted` of the last `rows` weeks that came whole; {0} is the newest of them, {1} the one before.

        NULL where rows that came in part take so much of the record that these are no longer in it.
        """
        if self._fresh is None:
            return ""
        told = wanted.format(*range(self._fresh, self._fresh + rows))
        if self._fresh + rows <= ROWS:
            return told
        newer = " + ".join(f"CASE WHEN a{back} IS NULL THEN 0 ELSE 1 END" for back in range(self._fresh))
        return f"CASE WHEN {newer} <= {ROWS - rows} THEN {told} END"

    def _fell(self) -> str:
        """Whether the newest week ends that many falls in a row; with a missing week it does not."""
        falls = self.limits.falling_weeks
        run = self._held(falls + 1, " AND ".join(f"a{{{at}}} < a{{{at + 1}}}" for at in range(falls)))
        return f"COALESCE({run}, 1 = 0)" if run else "(1 = 0)"

    def _last_use(self) -> str:
        if self._fed is None or self._fresh is None:
            return "'u'"
        return _LAST_USE.substitute(
            used_since=self._used_since,
            day=self._day,
            idle=self.limits.idle_days,
            gap_until=self._fed,
            gap_rows=max(0, self._fed - self._used_since + 1),
            rows=ROWS,
        )


def real(share: float) -> str:
    """A number as both engines compare it."""
    return f"CAST({share!r} AS double precision)"
