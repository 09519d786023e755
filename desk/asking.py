"""What customers do with tickets: ask for a human, give up, say more, rate."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from content import library
from desk import stints
from desk.agents import agents
from desk.entry import Entry, record
from desk.queue import Queue
from desk.ticket import (
    OPEN,
    TRANSITIONS,
    URGENCIES,
    Status,
    Ticket,
    TicketRequest,
    WrongState,
    moved,
    ratings_table,
    tickets_table,
    to_ticket,
)


class Asking(Queue):
    """The customer's side; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def request(self, request: TicketRequest) -> Ticket:
        """Open a ticket, or bring the conversation's open one up to date.

        An open ticket never becomes less urgent; new details and words are added to the old. A new
        one waits if somebody is there who can come to it, else it is a message left.
        """
        try:
            return self._request(request)
        except sa.exc.IntegrityError:  # another process just opened it
            return self._request(request)

    def _request(self, request: TicketRequest) -> Ticket:
        with self._database.write() as connection:
            known = self._open(connection, request.conversation_id)
            if known is not None:
                return self._update(connection, known, request)
            return self._insert(connection, request)

    def _insert(self, connection: sa.engine.Connection, request: TicketRequest) -> Ticket:
        moment = time.time()
        words, details = self._new_in(connection, request)
        result = connection.execute(
            tickets_table.insert().values(
                conversation_id=request.conversation_id,
                open_for=request.conversation_id,
                channel=request.channel,
                status="waiting" if self._can_wait(connection) else "left_message",
                topic=request.topic,
                category=request.category,
                urgency=URGENCIES.index(request.urgency),
                words=words,
                procedure=request.procedure,
                step=request.step,
                details=details,
                created_at=moment,
                changed_at=moment,
            )
        )
        return self._get(connection, int(result.inserted_primary_key[0]))

    def _new_in(
        self, connection: sa.engine.Connection, request: TicketRequest
    ) -> tuple[list[str], dict[str, str]]:
        """Return the words and details that an agent has not dealt with already.

        The bot remembers what was told before: of a ticket that ended, it would hide why the
        customer is here again. That ticket is among their earlier ones.
        """
        row = connection.execute(
            tickets_table.select()
            .where(
                tickets_table.c.conversation_id == request.conversation_id,
                tickets_table.c.status == "closed",
            )
            .order_by(tickets_table.c.id.desc())
            .limit(1)
        ).first()
        if row is None:
            return list(request.words), dict(request.details)
        ended = to_ticket(row)
        words = [each for each in request.words if each not in ended.words]
        known = ended.details.items()
        return words, dict(each for each in request.details.items() if each not in known)

    def _can_wait(self, connection: sa.engine.Connection) -> bool:
        """Tell whether a new customer may wait: somebody is there, the queue is not too long."""
        queued = sa.select(sa.func.count()).where(tickets_table.c.status == "waiting")
        limit = library.current().desk.most_waiting
        return self._staffed(connection) and connection.execute(queued).scalar() < limit

    def _update(
        self, connection: sa.engine.Connection, known: Ticket, request: TicketRequest
    ) -> Ticket:
        before, now = URGENCIES.index(known.urgency), URGENCIES.index(request.urgency)
        # A danger stays the ticket's subject, whatever else is mentioned later.
        changed = request.topic is not None and now >= before
        words = list(known.words) + [word for word in request.words if word not in known.words]
        waits = known.status == "left_message" and self._can_wait(connection)
        connection.execute(
            tickets_table.update()
            .where(tickets_table.c.id == known.id)
            .values(
                **(moved("waiting", time.time()) if waits else {}),
                topic=request.topic if changed else known.topic,
                category=request.category if changed else known.category,
                urgency=max(before, now),
                words=words,
                procedure=request.procedure or known.procedure,
                step=request.step if request.procedure else known.step,
                details={**known.details, **request.details},
            )
        )
        return self._get(connection, known.id)

    def add_words(self, ticket: Ticket, text: str) -> None:
        """Add something the customer said while waiting."""
        with self._database.write() as connection:
            current = self._get(connection, ticket.id)
            connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id)
                .values(words=[*current.words, text])
            )

    def correct(self, ticket: Ticket, read: str, right: str, details: Mapping[str, str]) -> None:
        """Put what is right in the place of what was read, in its words and details.

        Args:
            ticket: which.
            read, right: the values.
            details: what else is known now.
        """
        with self._database.write() as connection:
            current = self._get(connection, ticket.id)
            known = {name: value.replace(read, right) for name, value in current.details.items()}
            connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id)
                .values(
                    words=[each.replace(read, right) for each in current.words],
                    details={**known, **details},
                )
            )

    def customer_said(self, ticket: Ticket) -> None:
        """Note that the customer spoke to the agent, whose turn it is now.

        Raises:
            WrongState: no agent has the customer any more.
        """
        moment, table = time.time(), tickets_table.c
        # Whoever asks again and again still waits since they first did.
        waits = sa.and_(
            table.asked_at.is_not(None), table.asked_at > sa.func.coalesce(table.agent_at, 0)
        )
        with self._database.write() as connection:
            changed = connection.execute(
                tickets_table.update()
                .where(table.id == ticket.id, table.status == "with_agent")
                .values(
                    customer_at=moment,
                    asked_at=sa.case((waits, table.asked_at), else_=moment),
                    reminded_at=sa.case((waits, table.reminded_at), else_=None),
                )
            )
        if not changed.rowcount:
            raise WrongState("said")

    def cancel(self, ticket: Ticket) -> Ticket:
        """The customer no longer wants a human."""
        return self._go("cancel", ticket.id, open_for=None, closed_at=time.time())

    def status(self, conversation_id: str) -> Status:
        """Return who answers the conversation now."""
        with self._database.read() as connection:
            ticket = self._open(connection, conversation_id)
            if ticket is None:
                return Status(rate=self._unrated(connection, conversation_id) is not None)
            if ticket.status == "with_agent":
                name = connection.execute(
                    sa.select(agents.c.name).where(agents.c.id == ticket.agent_id)
                ).scalar()
                return Status("agent", agent=name)
            left = ticket.status == "left_message"
            return Status(
                ticket.status,
                self._position(connection, ticket) or None,
                callback=ticket.phone is not None if left else None,
            )

    def leave_phone(self, conversation_id: str, phone: str | None, said: Entry) -> Ticket:
        """Keep a number for a call back with the message left, or drop it (None), and say so.

        Raises:
            WrongState: no message is left.
        """
        with self._database.write() as connection:
            ticket = self._open(connection, conversation_id)
            if ticket is None or ticket.status != "left_message":
                raise WrongState("leave_phone")
            connection.execute(
                tickets_table.update().where(tickets_table.c.id == ticket.id).values(phone=phone)
            )
            record(connection, conversation_id, [said])
            return self._get(connection, ticket.id)

    def rate(self, conversation_id: str, score: int, comment: str = "") -> None:
        """Keep a customer's rating of the ticket closed last: once, and only while it is asked for.

        Raises:
            ValueError: the score is not 1 to 5.
            WrongState: no rating is asked for.
        """
        if score not in range(1, 6):
            raise ValueError("a score is 1 to 5")
        with self._database.write() as connection:
            ticket = self._unrated(connection, conversation_id)
            if ticket is None:
                raise WrongState("rate")
            changed = connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id, tickets_table.c.score.is_(None))
                .values(score=score, comment=comment)
            )
            if not changed.rowcount:  # just rated in another tab
                raise WrongState("rate")
            connection.execute(
                ratings_table.insert().values(
                    conversation_id=conversation_id,
                    ticket_id=ticket.id,
                    score=score,
                    comment=comment,
                    created_at=time.time(),
                )
            )

    @staticmethod
    def _unrated(connection: sa.engine.Connection, conversation_id: str) -> Ticket | None:
        since = time.time() - library.current().desk.rate_within * 3600
        row = connection.execute(
            tickets_table.select()
            .where(
                tickets_table.c.conversation_id == conversation_id,
                tickets_table.c.status == "closed",
                tickets_table.c.closed_at > since,
            )
            .order_by(tickets_table.c.id.desc())
            .limit(1)
        ).first()
        return to_ticket(row) if row is not None and row.score is None else None

    # ---- transitions

    def _go(self, transition: str, number: int, *said: Entry, **changes: Any) -> Ticket:
        """Move a ticket along a transition, and record what is said with it."""
        with self._database.write() as connection:
            ticket = self._move(connection, transition, number, **changes)
            record(connection, ticket.conversation_id, said)
            return ticket

    def _move(
        self, connection: sa.engine.Connection, transition: str, number: int, **changes: Any
    ) -> Ticket:
        starts, end = TRANSITIONS[transition]
        if end not in OPEN:
            changes["phone"] = None
        moment = time.time()
        changed = connection.execute(
            tickets_table.update()
            .where(tickets_table.c.id == number, tickets_table.c.status.in_(starts))
            .values(**moved(end, moment), **changes)
        )
        if not changed.rowcount:
            raise WrongState(transition)
        ticket = self._get(connection, number)
        if "with_agent" in starts:
            stints.end(connection, number, moment, transition)
        if end == "with_agent" and ticket.agent_id is not None:
            stints.begin(connection, ticket.conversation_id, number, ticket.agent_id, moment)
        return ticket
