"""A lead's reports: the day's figures; and what leads say that sentences mean."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from content import library
from desk.agents import agents
from desk.database import Database, metadata
from desk.entry import NOT_UNDERSTOOD, messages
from desk.feedback import counted
from desk.queue import CAME_BACK
from desk.sheets import agents_table, days_table, handled, spread, tickets_table, waited
from desk.ticket import ratings_table as ratings
from desk.ticket import tickets_table as tickets
from desk.work import first_answers, work

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64)),  # null: none of ours
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class _Read:
    """What the tables say of a span of time."""

    said: int  # customers' messages
    conversations: frozenset[str]
    intents: Counter[str]
    opened: Sequence[Any]  # tickets
    came_back: int
    scores: Counter[int]
    answers: Sequence[float]
    feedback: Mapping[str, int]

    @classmethod
    def of(cls, connection: sa.engine.Connection, since: float, until: float) -> _Read:
        def within(moment: sa.Column[Any]) -> sa.ColumnElement[bool]:
            return sa.and_(moment >= since, moment < until)

        said = connection.execute(
            sa.select(messages.c.conversation_id, sa.func.count())
            .where(messages.c.author == "customer", within(messages.c.time))
            .group_by(messages.c.conversation_id)
        ).all()
        counts = connection.execute(
            sa.select(messages.c.intent, sa.func.count())
            .where(
                messages.c.author == "bot", messages.c.intent.isnot(None), within(messages.c.time)
            )
            .group_by(messages.c.intent)
        ).all()
        opened = connection.execute(tickets.select().where(within(tickets.c.created_at))).all()
        before = tickets.alias()
        closed_before = sa.exists().where(
            before.c.conversation_id == tickets.c.conversation_id,
            before.c.id < tickets.c.id,
            before.c.status == "closed",
            before.c.closed_at > tickets.c.created_at - CAME_BACK,
        )
        again = connection.execute(
            sa.select(sa.func.count())
            .select_from(tickets)
            .where(within(tickets.c.created_at), closed_before)
        ).scalar()
        scores = connection.execute(sa.select(ratings.c.score).where(within(ratings.c.created_at)))
        return cls(
            sum(count for _, count in said),
            frozenset(conversation for conversation, _ in said),
            Counter(dict(counts)),
            opened,
            int(again or 0),
            Counter(scores.scalars()),
            first_answers(connection, since, until),
            counted(connection, since, until),
        )

    def told(self) -> dict[str, Any]:
        """Return what is told of any span."""
        handed = {row.conversation_id for row in self.opened}
        rated = sum(self.scores.values())
        solved = Counter(row.solved for row in self.opened if row.status == "closed")
        return {
            "messages": self.said,
            "conversations": len(self.conversations),
            "solved_by_bot": len(self.conversations - handed),
            "handed_over": len(self.opened),
            "unanswered": sum(self.intents[name] for name in NOT_UNDERSTOOD),
            "waiting": spread(waited(row) for row in self.opened),
            "first_answer": spread(self.answers),
            "handling": spread(handled(row) for row in self.opened),
            "closed": {
                "solved": solved[True],
                "unsolved": solved[False],
                "unsaid": solved[None],
                "came_back": self.came_back,
            },
            "feedback": self.feedback,
            "ratings": {
                "average": sum(s * n for s, n in self.scores.items()) / rated if rated else None,
                "counts": [self.scores[score] for score in range(1, 6)],
            },
        }


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
            read = _Read.of(connection, since, until)
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
        found: list[dict[str, Any]] = []
        last = end
        while last >= begin and len(found) * days < 366:
            first = max(begin, last - timedelta(days=days - 1))
            with self._database.read() as connection:
                read = _Read.of(connection, *bounds(first, last, zone))
            found.append({"begin": first.isoformat(), "end": last.isoformat(), **read.told()})
            last = first - timedelta(days=1)
        return found[::-1]

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
