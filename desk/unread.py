"""The queue of pictures that are to be read (reader/), in the database: a restart loses none.

A job is `waiting`, then `reading` under a lease, then `read` or `failed`; then a server takes it,
again under a lease, tells the customer, and deletes it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata
from desk.entry import LONGEST_KEY

WAITING, READING, READ, FAILED = "waiting", "reading", "read", "failed"
TRIES = 2  # tries per picture; one that crashes its reader twice is given up

unread = sa.Table(
    "unread",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("key", sa.String(LONGEST_KEY), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("picture_id", sa.String(64), nullable=False),
    # Nobody waits for an answer: it is only covered.
    sa.Column("silent", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("leased_until", sa.Float, nullable=False),
    sa.Column("page", sa.Text),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("conversation_id", "key"),
)


@dataclass(frozen=True)
class Job:
    """A picture in the queue.

    Args:
        id: the row's.
        conversation_id, key: of the customer's message that it came with.
        channel: through which it came.
        picture_id: in the conversation's pictures.
        silent: whether nobody waits for an answer.
        status: see the module.
        tries: how often it was begun.
        page: what was read, as JSON; None before.
        created_at: when it came, in seconds since 1970.
    """

    id: int
    conversation_id: str
    key: str
    channel: str
    picture_id: str
    silent: bool
    status: str
    tries: int
    page: str | None
    created_at: float


class Unread:
    """The queue; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, conversation_id: str, key: str, channel: str, picture_id: str, silent: bool = False
    ) -> None:
        """Put a picture into the queue; the same message's again changes nothing."""
        values = {
            "conversation_id": conversation_id,
            "key": key,
            "channel": channel,
            "picture_id": picture_id,
            "silent": silent,
            "status": WAITING,
            "tries": 0,
            "leased_until": 0.0,
            "created_at": time.time(),
        }
        known = sa.and_(unread.c.conversation_id == conversation_id, unread.c.key == key)
        with self._database.write() as connection:
            if connection.execute(sa.select(unread.c.id).where(known)).first() is None:
                connection.execute(unread.insert(), values)

    # ---- those who read

    def claim(self, lease: float) -> Job | None:
        """Take the oldest picture that nobody reads, for `lease` seconds; None if there is none.

        One whose readers ended too often counts as failed.
        """
        now = time.time()
        free = sa.or_(
            unread.c.status == WAITING,
            sa.and_(unread.c.status == READING, unread.c.leased_until < now),
        )
        with self._database.read() as connection:  # most looks find nothing, and take no lock
            if connection.execute(sa.select(unread.c.id).where(free).limit(1)).first() is None:
                return None
        with self._database.write() as connection:
            connection.execute(
                unread.update()
                .where(free, unread.c.tries >= TRIES)
                .values(status=FAILED, leased_until=0.0)
            )
            oldest = sa.select(unread).where(free).order_by(unread.c.id).limit(1)
            row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            connection.execute(
                unread.update()
                .where(unread.c.id == row.id)
                .values(status=READING, tries=row.tries + 1, leased_until=now + lease)
            )
        return replace(_job(row), status=READING, tries=row.tries + 1)

    def renew(self, job: Job, lease: float) -> None:
        """Keep a job for `lease` more seconds."""
        self._update(job, leased_until=time.time() + lease)

    def release(self, job: Job) -> None:
        """Return a job to the queue without counting the try."""
        self._update(job, status=WAITING, tries=unread.c.tries - 1, leased_until=0.0)

    def keep(self, job: Job, page: str) -> None:
        """Store the page that was read, before the covered picture replaces the original."""
        self._update(job, page=page)

    def finish(self, job: Job) -> None:
        """Mark a job as read: the page is stored and the picture is covered."""
        self._update(job, status=READ, leased_until=time.time())

    def retry(self, job: Job) -> None:
        """Return a job to the queue after its reader crashed."""
        self._update(job, status=WAITING, leased_until=0.0)

    def fail(self, job: Job) -> None:
        """Note that a picture cannot be read."""
        self._update(job, status=FAILED, leased_until=time.time())

    # ---- those who tell the customer

    def is_first(self, conversation_id: str, key: str) -> bool:
        """Tell whether none of a customer's pictures before this one is still to be read."""
        mine = sa.and_(
            unread.c.conversation_id == conversation_id,
            unread.c.status.in_((WAITING, READING)),
            unread.c.silent == sa.false(),
        )
        before = sa.select(unread.c.key).where(mine).order_by(unread.c.id).limit(1)
        with self._database.read() as connection:
            return connection.execute(before).scalar() in (key, None)

    def take_finished(self, channels: list[str], lease: float, together: float) -> list[Job]:
        """Take a customer's jobs that are `read` or `failed`, for `lease` seconds; none: [].

        They wait for the customer's other pictures, at most `together` seconds.
        """
        now = time.time()
        due = sa.and_(unread.c.status.in_((READ, FAILED)), unread.c.leased_until < now)
        other = unread.alias("other")
        more = (
            sa.select(other.c.id)
            .where(
                other.c.conversation_id == unread.c.conversation_id,
                other.c.status.in_((WAITING, READING)),
                other.c.silent == sa.false(),
            )
            .exists()
        )
        ripe = sa.or_(unread.c.silent, ~more, unread.c.leased_until < now - together)
        first = sa.select(unread.c.conversation_id).where(due, ripe)
        first = first.where(unread.c.channel.in_(channels)).order_by(unread.c.id).limit(1)
        with self._database.read() as connection:
            conversation = connection.execute(first).scalar()
        if conversation is None:
            return []
        mine = sa.and_(unread.c.conversation_id == conversation, due)
        with self._database.write() as connection:
            rows = connection.execute(
                sa.select(unread)
                .where(mine, unread.c.channel.in_(channels))
                .order_by(unread.c.id)
                .with_for_update()
            ).all()
            taken = [row.id for row in rows]
            connection.execute(
                unread.update().where(unread.c.id.in_(taken)).values(leased_until=now + lease)
            )
        return [_job(row) for row in rows]

    def late(self, channels: list[str], seconds: float) -> list[Job]:
        """Return the jobs of these channels that nobody has read for that long."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(unread).where(
                    unread.c.status.in_((WAITING, READING)),
                    unread.c.silent == sa.false(),
                    unread.c.created_at < time.time() - seconds,
                    unread.c.channel.in_(channels),
                )
            )
            return [_job(row) for row in rows]

    def silence(self, job: Job) -> bool:
        """Make a job silent; return whether it was not silent before."""
        with self._database.write() as connection:
            changed = connection.execute(
                unread.update()
                .where(unread.c.id == job.id, unread.c.silent == sa.false())
                .values(silent=True)
            )
            return bool(changed.rowcount)

    def remove(self, job: Job) -> None:
        """Delete a job: the customer has the answer."""
        with self._database.write() as connection:
            connection.execute(unread.delete().where(unread.c.id == job.id))

    def waits(self) -> tuple[int, float | None]:
        """Return how many pictures wait to be read or are being read, and when the first came."""
        waiting = unread.c.status.in_((WAITING, READING))
        found = sa.select(sa.func.count(), sa.func.min(unread.c.created_at)).where(waiting)
        with self._database.read() as connection:
            count, since = connection.execute(found).one()
        return count, since

    def _update(self, job: Job, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(unread.update().where(unread.c.id == job.id).values(**values))


def _job(row: Any) -> Job:
    return Job(
        id=row.id,
        conversation_id=row.conversation_id,
        key=row.key,
        channel=row.channel,
        picture_id=row.picture_id,
        silent=row.silent,
        status=row.status,
        tries=row.tries,
        page=row.page,
        created_at=row.created_at,
    )
