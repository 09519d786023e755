"""Conversations that the bot had alone, for leads who look where it goes wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from desk.database import Database
from desk.entry import NOT_UNDERSTOOD, Entry, entry_of, messages
from desk.feedback import feedback
from desk.ticket import tickets_table as tickets

Kind = Literal["not_understood", "unhelpful"]
KINDS: tuple[Kind, ...] = ("not_understood", "unhelpful")
LIMIT = 50
DAYS = 90.0  # how far back conversations are looked for
LONGEST = 400  # newest messages of one conversation


@dataclass(frozen=True)
class Talk:
    """A conversation without a human.

    `seq` is its newest message's place in the record, by which it is opened; `began` and `ended`
    are seconds since 1970; `said` is what the customer said first, masked, `count` how often they
    spoke.
    """

    seq: int
    conversation_id: str
    began: float
    ended: float
    count: int
    said: str


class Conversations:
    """Reads the record; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def talks(
        self, topic: str | None = None, kind: Kind | None = None, before: int | None = None
    ) -> list[Talk]:
        """Return conversations of 90 days without a ticket, the newest first, at most 50.

        Args:
            topic: only those in which the bot took something for this topic.
            kind: only those in which something was not understood, or was called unhelpful.
            before: only those whose newest message comes before this position.
        """
        customers = messages.c.author == "customer"
        newest = sa.func.max(messages.c.seq).label("seq")
        wanted = (
            sa.select(
                messages.c.conversation_id,
                newest,
                sa.func.min(messages.c.time).label("began"),
                sa.func.max(messages.c.time).label("ended"),
                sa.func.count(sa.case((customers, 1))).label("count"),
                sa.func.min(sa.case((customers, messages.c.seq))).label("first"),
            )
            .where(
                messages.c.time > time.time() - DAYS * 86400,
                ~sa.exists().where(tickets.c.conversation_id == messages.c.conversation_id),
            )
            .group_by(messages.c.conversation_id)
            .having(sa.func.count(sa.case((customers, 1))) > 0)
        )
        answer = messages.alias()
        same = answer.c.conversation_id == messages.c.conversation_id
        if topic is not None:
            wanted = wanted.where(sa.exists().where(same, answer.c.intent == topic))
        if kind == "not_understood":
            wanted = wanted.where(sa.exists().where(same, answer.c.intent.in_(NOT_UNDERSTOOD)))
        if kind == "unhelpful":
            wanted = wanted.where(
                sa.exists().where(
                    feedback.c.conversation_id == messages.c.conversation_id,
                    feedback.c.useful == sa.false(),
                )
            )
        if before is not None:
            wanted = wanted.having(newest < before)
        found = wanted.order_by(newest.desc()).limit(LIMIT).subquery()
        first = messages.alias()
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(found, first.c.text)
                .select_from(found.join(first, first.c.seq == found.c.first))
                .order_by(found.c.seq.desc())
            )
            return [
                Talk(row.seq, row.conversation_id, row.began, row.ended, row.count, row.text)
                for row in rows
            ]

    def messages(self, seq: int) -> list[Entry]:
        """Return the newest messages of the conversation that a position belongs to, oldest first.

        Nothing when a human was asked for in it: then it is the ticket that is looked at.
        """
        with self._database.read() as connection:
            conversation = connection.execute(
                sa.select(messages.c.conversation_id).where(
                    messages.c.seq == seq,
                    ~sa.exists().where(tickets.c.conversation_id == messages.c.conversation_id),
                )
            ).scalar()
            if conversation is None:
                return []
            rows = connection.execute(
                messages.select()
                .where(messages.c.conversation_id == conversation)
                .order_by(messages.c.seq.desc())
                .limit(LONGEST)
            ).all()
        return [entry_of(row) for row in rows][::-1]
