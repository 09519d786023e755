"""What customers say of the bot's answers: useful or not, and why not."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from desk.database import Database, metadata
from desk.entry import Entry, entry_of, messages

Reason = Literal["off", "unclear", "failed", "wrong"]
REASONS: tuple[Reason, ...] = ("off", "unclear", "failed", "wrong")
MOST_QUESTIONS = 20  # of a topic

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),  # of the answer
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("useful", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(16)),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
    sa.UniqueConstraint("conversation_id", "key"),
)


@dataclass
class Judged:
    """A topic's answers as customers judged them.

    `reasons` counts why they were of no use; `questions` are what those customers had asked,
    masked, newest first, at most 20.
    """

    topic: str
    useful: int = 0
    unhelpful: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    questions: list[str] = field(default_factory=list)


class Feedbacks:
    """The judgements; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self, conversation_id: str, key: str, useful: bool, reason: str | None = None
    ) -> Entry | None:
        """Keep what a customer says of an answer; said again, the last word counts.

        Returns:
            The answer; None when there is none of that key, or none that is to be judged.
        """
        answer = sa.and_(messages.c.conversation_id == conversation_id, messages.c.key == key)
        mine = sa.and_(feedback.c.conversation_id == conversation_id, feedback.c.key == key)
        with self._database.write() as connection:
            row = connection.execute(messages.select().where(answer)).first()
            if row is None or not row.extra.get("about"):
                return None
            extra = {**row.extra, "useful": useful}
            connection.execute(messages.update().where(answer).values(extra=extra))
            connection.execute(feedback.delete().where(mine))
            connection.execute(
                feedback.insert().values(
                    conversation_id=conversation_id,
                    key=key,
                    topic=row.extra["about"],
                    useful=useful,
                    reason=None if useful else reason,
                    created_at=time.time(),
                )
            )
            again = connection.execute(messages.select().where(answer)).one()
        return entry_of(again)

    def judged(self, days: float) -> list[Judged]:
        """Return the topics whose answers were judged in the last days, the least helpful first.

        This is the list of what to improve.
        """
        answer, question = messages.alias(), messages.alias()
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(feedback, question.c.text)
                .select_from(
                    feedback.outerjoin(
                        answer,
                        sa.and_(
                            answer.c.key == feedback.c.key,
                            answer.c.conversation_id == feedback.c.conversation_id,
                        ),
                    ).outerjoin(
                        question,
                        sa.and_(
                            question.c.key == answer.c.reply_to,
                            question.c.conversation_id == answer.c.conversation_id,
                        ),
                    )
                )
                .where(feedback.c.created_at > time.time() - days * 86400)
                .order_by(feedback.c.id.desc())
            ).all()
        found: dict[str, Judged] = {}
        for row in rows:
            judged = found.setdefault(row.topic, Judged(row.topic))
            if row.useful:
                judged.useful += 1
                continue
            judged.unhelpful += 1
            if row.reason:
                judged.reasons[row.reason] += 1
            if row.text and row.text not in judged.questions[:MOST_QUESTIONS]:
                judged.questions.append(row.text)
        for judged in found.values():
            del judged.questions[MOST_QUESTIONS:]
        return sorted(found.values(), key=lambda each: (-each.unhelpful, each.useful))
