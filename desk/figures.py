"""A lead's reports: the day's figures; and what leads say that sentences mean."""

from __future__ import annotations

import csv
import io
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from content import library
from desk.agents import agents
from desk.database import Database, metadata
from desk.entry import messages
from desk.ticket import URGENCIES
from desk.ticket import ratings_table as ratings
from desk.ticket import tickets_table as tickets

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")

_COLUMNS = {
    "day": "日期",
    "messages": "客户消息",
    "conversations": "会话",
    "solved_by_bot": "机器人解决",
    "handed_over": "转人工",
    "unanswered": "没听懂",
    "waiting_median": "等待中位数（秒）",
    "handling_median": "处理中位数（秒）",
    "rating": "平均评分",
}
_TICKET_COLUMNS = (
    *("工单号", "创建时间", "结束时间", "渠道", "问题类别", "问题", "紧急程度", "状态", "客服"),
    *("评分", "评价", "等待（秒）", "处理（秒）"),
)
_URGENCIES = dict(zip(URGENCIES, ("普通", "较急", "紧急"), strict=True))
_STATUSES = {
    "waiting": "排队中",
    "with_agent": "接待中",
    "left_message": "已留言",
    "closed": "已结束",
    "cancelled": "已取消",
}
# What spreadsheets run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64)),  # null: none of ours
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)


class Figures:
    """Reads the record and the tickets; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def day(self, day: date) -> dict[str, Any]:
        """Return a day's figures, by the desk's time zone; times are seconds."""
        zone = ZoneInfo(library.current().desk.timezone)
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        since, until = begin.timestamp(), (begin + timedelta(days=1)).timestamp()
        with self._database.read() as connection:
            said = connection.execute(
                sa.select(messages.c.time, messages.c.conversation_id).where(
                    messages.c.author == "customer",
                    messages.c.time >= since,
                    messages.c.time < until,
                )
            ).all()
            intents = Counter(
                dict(
                    connection.execute(
                        sa.select(messages.c.intent, sa.func.count())
                        .where(
                            messages.c.author == "bot",
                            messages.c.intent.isnot(None),
                            messages.c.time >= since,
                            messages.c.time < until,
                        )
                        .group_by(messages.c.intent)
                    ).all()
                )
            )
            opened = connection.execute(
                tickets.select().where(tickets.c.created_at >= since, tickets.c.created_at < until)
            ).all()
            scores = Counter(
                row.score
                for row in connection.execute(
                    sa.select(ratings.c.score).where(
                        ratings.c.created_at >= since, ratings.c.created_at < until
                    )
                )
            )
        return self._told(day, zone, said, intents, opened, scores)

    @staticmethod
    def _told(
        day: date,
        zone: ZoneInfo,
        said: Sequence[Any],
        intents: Counter[str],
        opened: Sequence[Any],
        scores: Counter[int],
    ) -> dict[str, Any]:
        topics = library.current().topics
        conversations = {row.conversation_id for row in said}
        handed = {row.conversation_id for row in opened}
        rated = sum(scores.values())
        spoken = Counter(_hour(row.time, zone) for row in said)
        asked = Counter(_hour(row.created_at, zone) for row in opened)
        return {
            "day": day.isoformat(),
            "messages": len(said),
            "conversations": len(conversations),
            "solved_by_bot": len(conversations - handed),
            "handed_over": len(opened),
            "why": [
                {"category": name, "count": count}
                for name, count in Counter(row.category for row in opened).most_common()
            ],
            "waiting": _times(_waited(row) for row in opened),
            "handling": _times(_handled(row) for row in opened),
            "ratings": {
                "average": sum(s * n for s, n in scores.items()) / rated if rated else None,
                "counts": [scores[score] for score in range(1, 6)],
            },
            "topics": [
                {"title": topics[name].title, "count": count}
                for name, count in intents.most_common()
                if name in topics
            ][:10],
            "unanswered": sum(intents[name] for name in NOT_UNDERSTOOD),
            "hours": [
                {"hour": hour, "messages": spoken[hour], "handed_over": asked[hour]}
                for hour in range(24)
            ],
        }

    def csv(self, begin: date, end: date) -> str:
        """Return the days' figures as a table, a day a line (at most a year)."""
        columns = ("day", "messages", "conversations", "solved_by_bot", "handed_over", "unanswered")
        lines: list[Sequence[Any]] = [list(_COLUMNS.values())]
        for place in range(min((end - begin).days + 1, 366)):
            day = self.day(begin + timedelta(days=place))
            times = (day["waiting"]["median"], day["handling"]["median"])
            lines.append([*(day[name] for name in columns), *times, day["ratings"]["average"]])
        return _table(lines)

    def tickets_csv(self, begin: date, end: date) -> str:
        """Return the days' tickets as a table; of customers' words only a rating's comment."""
        zone = ZoneInfo(library.current().desk.timezone)
        since = datetime(begin.year, begin.month, begin.day, tzinfo=zone).timestamp()
        until = datetime(end.year, end.month, end.day, tzinfo=zone) + timedelta(days=1)
        lines: list[Sequence[Any]] = [_TICKET_COLUMNS]
        with self._database.read() as connection:
            for row in connection.execute(
                sa.select(tickets, agents.c.name.label("agent"))
                .select_from(tickets.outerjoin(agents, agents.c.id == tickets.c.agent_id))
                .where(tickets.c.created_at >= since, tickets.c.created_at < until.timestamp())
                .order_by(tickets.c.id)
            ):
                lines.append(_ticket_line(row, zone))
        return _table(lines)

    def label(self, sequences: Sequence[int], intent: str | None, login: str) -> None:
        """Say what sentences mean: an intent, or None for nothing of ours."""
        with self._database.write() as connection:
            connection.execute(labels.delete().where(labels.c.seq.in_(sequences)))
            for seq in set(sequences):
                connection.execute(
                    labels.insert().values(seq=seq, intent=intent, login=login, time=time.time())
                )


def _ticket_line(row: Any, zone: ZoneInfo) -> list[Any]:
    """Return a ticket's cells, as `_TICKET_COLUMNS` names them."""
    topic = library.current().topics.get(row.topic or "")
    return [
        f"K{row.id:06d}",
        _moment(row.created_at, zone),
        _moment(row.closed_at, zone),
        row.channel,
        row.category,
        topic.title if topic else row.topic,
        _URGENCIES[URGENCIES[row.urgency]],
        _STATUSES.get(row.status, row.status),
        row.agent,
        row.score,
        row.comment,
        _waited(row),
        _handled(row),
    ]


def _moment(seconds: float | None, zone: ZoneInfo) -> str:
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")


def _cell(cell: Any) -> Any:
    """Return a cell as it is written; text that a spreadsheet would run gets an apostrophe."""
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(_FORMULA) else cell


def _table(lines: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    # The mark lets spreadsheets read Chinese as such.
    out.write("\ufeff")
    csv.writer(out).writerows([_cell(cell) for cell in line] for line in lines)
    return out.getvalue()


def _hour(moment: float, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(moment, zone).hour


def _waited(ticket: Any) -> float | None:
    return ticket.waited if ticket.taken_at else None


def _handled(ticket: Any) -> float | None:
    return ticket.handled if ticket.taken_at and ticket.closed_at else None


def _times(seconds: Iterable[float | None]) -> dict[str, float | None]:
    known = [each for each in seconds if each is not None]
    return {
        "median": statistics.median(known) if known else None,
        "longest": max(known, default=None),
    }
