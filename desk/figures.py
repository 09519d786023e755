"""A lead's reports: the day's figures; and what leads say that sentences mean."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from content import library
from desk.agents import agents
from desk.database import Database, metadata
from desk.entry import NOT_UNDERSTOOD, messages
from desk.feedback import feedback
from desk.queue import CAME_BACK
from desk.sheets import agents_table, days_table, handled, spread, tickets_table, waited
from desk.stints import stints
from desk.ticket import ratings_table as ratings
from desk.ticket import tickets_table as tickets
from desk.work import work

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64)),  # null: none of ours
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)


@dataclass
class _Read:
    """What the tables say of one span of time."""

    said: Counter[str] = field(default_factory=Counter)  # customers' messages, by conversation
    intents: Counter[str] = field(default_factory=Counter)
    opened: list[Any] = field(default_factory=list)  # tickets
    ended: list[Any] = field(default_factory=list)  # tickets, by an agent or cancelled
    handed: set[str] = field(default_factory=set)  # conversations with a ticket open in the span
    came_back: int = 0
    scores: Counter[int] = field(default_factory=Counter)
    answers: list[float] = field(default_factory=list)
    feedback: Counter[bool] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        """Return what is told of any span."""
        rated = sum(self.scores.values())
        solved = Counter(row.solved for row in self.ended if row.status == "closed")
        return {
            "messages": sum(self.said.values()),
            "conversations": len(self.said),
            "bot_alone": len(self.said.keys() - self.handed),
            "handed_over": len(self.opened),
            "unanswered": sum(self.intents[name] for name in NOT_UNDERSTOOD),
            "waiting": spread(waited(row) for row in self.opened),
            "first_answer": spread(self.answers),
            "handling": spread(handled(row) for row in self.ended),
            "closed": {
                "solved": solved[True],
                "unsolved": solved[False],
                "unsaid": solved[None],
                "came_back": self.came_back,
            },
            "feedback": {"useful": self.feedback[True], "unhelpful": self.feedback[False]},
            "ratings": {
                "average": sum(s * n for s, n in self.scores.items()) / rated if rated else None,
                "counts": [self.scores[score] for score in range(1, 6)],
            },
        }


def _read(connection: sa.engine.Connection, spans: Sequence[tuple[float, float]]) -> list[_Read]:
    """Return what the tables say of each span (begin and end, in seconds since 1970).

    The spans follow each other without a gap. All tables but the largest are asked once.
    """
    read = [_Read() for _ in spans]
    begins, (since, until) = [begin for begin, _ in spans], (spans[0][0], spans[-1][1])

    def place(moment: float) -> int:
        return bisect_right(begins, moment) - 1

    def rows(moment: sa.Column[float], *more: Any) -> Iterator[Any]:
        wanted = sa.select(moment, *more).where(moment >= since, moment < until)
        for when, *values in connection.execute(wanted):
            yield read[place(when)], *values

    for (begin, end), each in zip(spans, read, strict=True):
        _count_messages(connection, begin, end, each)
    for each, score in rows(ratings.c.created_at, ratings.c.score):
        each.scores[score] += 1
    for each, useful in rows(feedback.c.created_at, feedback.c.useful):
        each.feedback[bool(useful)] += 1
    first = sa.select(sa.func.min(stints.c.answered_at)).where(stints.c.ticket_id == tickets.c.id)
    for each, created, answered in rows(
        tickets.c.created_at, tickets.c.created_at, first.scalar_subquery()
    ):
        if answered is not None:  # a clock that was set back gives no time below zero
            each.answers.append(max(0.0, answered - created))
    names = ("conversation_id", "status", "solved", "category")
    times = ("created_at", "taken_at", "closed_at", "waited", "handled")
    known = connection.execute(
        sa.select(*(tickets.c[name] for name in (*names, *times)))
        .where(
            tickets.c.created_at < until,
            sa.or_(tickets.c.closed_at.is_(None), tickets.c.closed_at >= since - CAME_BACK),
        )
        .order_by(tickets.c.id)
    )
    ended: dict[str, float] = {}  # when an agent was last done with a customer
    for row in known:
        closed = until if row.closed_at is None else row.closed_at
        first_place, last_place = place(row.created_at), place(closed)
        if first_place >= 0:
            each = read[first_place]
            each.opened.append(row)
            each.came_back += ended.get(row.conversation_id, 0) > row.created_at - CAME_BACK
        if last_place >= 0 and closed < until:
            read[last_place].ended.append(row)
        for each in read[max(first_place, 0) : last_place + 1]:
            each.handed.add(row.conversation_id)
        if row.status == "closed":
            ended[row.conversation_id] = max(closed, ended.get(row.conversation_id, 0))
    return read


def _count_messages(
    connection: sa.engine.Connection, since: float, until: float, read: _Read
) -> None:
    def counts(what: sa.Column[Any], *only: sa.ColumnElement[bool]) -> dict[str, int]:
        within = messages.c.time >= since, messages.c.time < until
        wanted = sa.select(what, sa.func.count()).where(*within, *only).group_by(what)
        return dict(connection.execute(wanted).tuples().all())

    read.said.update(counts(messages.c.conversation_id, messages.c.author == "customer"))
    by_bot = messages.c.author == "bot", messages.c.intent.isnot(None)
    read.intents.update(counts(messages.c.intent, *by_bot))


def bounds(begin: date, end: date, zone: ZoneInfo) -> tuple[float, float]:
    """Return when a span of days begins and ends, in seconds since 1970."""
    first = datetime(begin.year, begin.month, begin.day, tzinfo=zone)
    after = datetime(end.year, end.month, end.day, tzinfo=zone) + timedelta(days=1)
    return first.timestamp(), after.timestamp()


class Figures:
    """Reads the record and the tickets; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def day(self, day: date) -> dict[str, Any]:
        """Return a day's figures, by the desk's time zone; times are seconds."""
        zone = ZoneInfo(library.current().desk.timezone)
        since, until = bounds(day, day, zone)
        topics = library.current().topics
        with self._database.read() as connection:
            (read,) = _read(connection, [(since, until)])
            done = work(connection, since, until)
            moments = connection.execute(
                sa.select(messages.c.time).where(
                    messages.c.author == "customer",
                    messages.c.time >= since,
                    messages.c.time < until,
                )
            ).scalars()
            spoken = Counter(_hour(moment, zone) for moment in moments)
        asked = Counter(_hour(row.created_at, zone) for row in read.opened)
        return {
            "day": day.isoformat(),
            **read.told(),
            "why": [
                {"category": name, "count": count}
                for name, count in Counter(row.category for row in read.opened).most_common()
            ],
            "topics": [
                {"title": topics[name].title, "count": count}
                for name, count in read.intents.most_common()
                if name in topics
            ][:10],
            "hours": [
                {"hour": hour, "messages": spoken[hour], "handed_over": asked[hour]}
                for hour in range(24)
            ],
            "agents": [asdict(each) for each in done],
        }

    def trend(self, begin: date, end: date, days: int = 1) -> list[dict[str, Any]]:
        """Return the figures of spans of so many days, the last one ending with `end`; a year at
        most. Each says its days as `begin` and `end`."""
        zone = ZoneInfo(library.current().desk.timezone)
        spans: list[tuple[date, date]] = []
        last = end
        while last >= begin and len(spans) * days < 366:
            first = max(begin, last - timedelta(days=days - 1))
            spans.append((first, last))
            last = first - timedelta(days=1)
        spans.reverse()
        if not spans:
            return []
        with self._database.read() as connection:
            read = _read(connection, [bounds(*span, zone) for span in spans])
        return [
            {"begin": first.isoformat(), "end": last.isoformat(), **each.told()}
            for (first, last), each in zip(spans, read, strict=True)
        ]

    def csv(self, begin: date, end: date) -> str:
        """Return the days' figures as a table, a day a line (at most a year)."""
        return days_table(self.trend(begin, end))

    def tickets_csv(self, begin: date, end: date) -> str:
        """Return the days' tickets as a table; of words only what is masked."""
        zone = ZoneInfo(library.current().desk.timezone)
        since, until = bounds(begin, end, zone)
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(tickets, agents.c.name.label("agent"))
                .select_from(tickets.outerjoin(agents, agents.c.id == tickets.c.agent_id))
                .where(tickets.c.created_at >= since, tickets.c.created_at < until)
                .order_by(tickets.c.id)
            ).all()
        return tickets_table(rows, zone)

    def agents_csv(self, begin: date, end: date) -> str:
        """Return what each agent did in these days as a table."""
        zone = ZoneInfo(library.current().desk.timezone)
        with self._database.read() as connection:
            return agents_table(work(connection, *bounds(begin, end, zone)))

    def label(self, sequences: Sequence[int], intent: str | None, login: str) -> None:
        """Say what sentences mean: an intent, or None for nothing of ours."""
        with self._database.write() as connection:
            connection.execute(labels.delete().where(labels.c.seq.in_(sequences)))
            for seq in set(sequences):
                connection.execute(
                    labels.insert().values(seq=seq, intent=intent, login=login, time=time.time())
                )


def _hour(moment: float, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(moment, zone).hour
