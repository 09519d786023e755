"""`python -m desk`: the queue of customers who wait for a human, in the terminal."""

from __future__ import annotations

import sys

from content import library
from desk import open_desk


def main() -> int:
    """Print the queue; return the exit code."""
    tickets = open_desk().waiting()
    if not tickets:
        print("没有客户在等人工。")
        return 0
    content = library.load()
    for place, ticket in enumerate(tickets, 1):
        topic = content.topics.get(ticket.topic or "")
        about = topic.title if topic else ticket.category
        print(f"{place}. {ticket.number} [{ticket.urgency}] {ticket.category} · {about}")
        since = f"{ticket.created_at:%Y-%m-%d %H:%M} UTC"
        print(f"   渠道 {ticket.channel}，会话 {ticket.conversation_id}，{since}")
        if ticket.procedure:
            print(f"   流程 {ticket.procedure}，第 {ticket.step} 步")
        for name, value in ticket.details.items():
            detail = content.details.get(name)
            print(f"   {detail.title if detail else name}：{value}")
        for word in ticket.words:
            print(f"   “{word}”")
    return 0


if __name__ == "__main__":
    sys.exit(main())
