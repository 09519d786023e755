"""Figures, tickets and agents' work as tables for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from content import library
from desk.ticket import URGENCIES
from desk.work import Work, median
from infra.channels import channel_of

_COLUMNS = {
    "day": "日期",
    "messages": "客户消息",
    "conversations": "会话",
    "bot_alone": "只用了机器人",
    "handed_over": "转人工",
    "unanswered": "没听懂",
    "waiting_median": "等待中位数（秒）",
    "first_answer": "首次回复中位数（秒）",
    "handling_median": "处理中位数（秒）",
    "solved": "已解决",
    "unsolved": "未解决",
    "came_back": "一天内又来",
    "useful": "机器人有用",
    "unhelpful": "机器人没用",
    "rating": "平均评分",
}
_TICKET_COLUMNS = (
    *("工单号", "创建时间", "结束时间", "渠道", "问题类别", "问题", "紧急程度", "状态", "客服"),
    *("评分", "评价", "等待（秒）", "处理（秒）", "已解决", "小结"),
)
_URGENCIES = dict(zip(URGENCIES, ("普通", "较急", "紧急"), strict=True))
_STATUSES = {
    "waiting": "排队中",
    "with_agent": "接待中",
    "left_message": "已留言",
    "closed": "已结束",
    "cancelled": "已取消",
}
_SOLVED = {True: "是", False: "否", None: ""}
_AGENT_COLUMNS = (
    *("客服", "接待", "结束", "首次回复中位数（秒）", "处理中位数（秒）", "已解决", "未解决"),
    "平均评分",
)
# What spreadsheets run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def days_table(days: Sequence[Mapping[str, Any]]) -> str:
    """Return figures, as `Figures.trend` tells them, a day a line."""
    lines: list[Sequence[Any]] = [list(_COLUMNS.values())]
    counts = ("messages", "conversations", "bot_alone", "handed_over", "unanswered")
    for day in days:
        times = [day[name]["median"] for name in ("waiting", "first_answer", "handling")]
        ends = [day["closed"][name] for name in ("solved", "unsolved", "came_back")]
        told = [day[name] for name in counts]
        judged = [day["feedback"][name] for name in ("useful", "unhelpful")]
        lines.append([day["begin"], *told, *times, *ends, *judged, day["ratings"]["average"]])
    return _table(lines)


def tickets_table(rows: Iterable[Any], zone: ZoneInfo) -> str:
    """Return tickets, a line each; `agent` is the name of the last one."""
    return _table([_TICKET_COLUMNS, *(_ticket_line(row, zone) for row in rows)])


def agents_table(done: Iterable[Work]) -> str:
    """Return what agents did, an agent a line."""
    lines: list[Sequence[Any]] = [_AGENT_COLUMNS]
    for each in done:
        counts = (each.name, each.taken, each.closed, each.first_answer, each.handling)
        lines.append([*counts, each.solved, each.unsolved, each.rating])
    return _table(lines)


def _ticket_line(row: Any, zone: ZoneInfo) -> list[Any]:
    """Return a ticket's cells, as `_TICKET_COLUMNS` names them."""
    topic = library.current().topics.get(row.topic or "")
    channel = channel_of(row.conversation_id)
    return [
        f"K{row.id:06d}",
        _moment(row.created_at, zone),
        _moment(row.closed_at, zone),
        channel.title if channel else row.channel,
        row.category,
        topic.title if topic else row.topic,
        _URGENCIES[URGENCIES[row.urgency]],
        _STATUSES.get(row.status, row.status),
        row.agent,
        row.score,
        row.comment,
        waited(row),
        handled(row),
        _SOLVED[row.solved],
        row.summary,
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


def waited(ticket: Any) -> float | None:
    """Return how long a ticket waited; None while nobody took it."""
    return ticket.waited if ticket.taken_at else None


def handled(ticket: Any) -> float | None:
    """Return how long agents had a ticket; None before its end."""
    return ticket.handled if ticket.taken_at and ticket.closed_at else None


def spread(seconds: Iterable[float | None]) -> dict[str, float | None]:
    """Return the median and the longest of what is known."""
    known = [each for each in seconds if each is not None]
    return {
        "median": median(known),
        "longest": max(known, default=None),
    }
