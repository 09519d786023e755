"""Tickets: the life of a hand-off as one state machine, and the queue.

    (request)  -> waiting, or left_message when nobody is there
    take       : waiting, left_message -> with_agent
    transfer   : with_agent -> waiting      (to another agent, or back into the queue)
    release    : with_agent -> waiting      (the agent went away)
    leave      : waiting -> left_message    (nobody is there any more)
    queue      : left_message -> waiting    (somebody is there again)
    cancel     : waiting, left_message -> cancelled
    close      : with_agent -> closed
    take_over  : with_agent -> with_agent   (by a lead)
    (rate)     : closed -> closed, with a rating

What is said at a transition is written in the same transaction as the transition itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from desk import stints
from desk.asking import Asking
from desk.database import open_database
from desk.entry import Entry, record
from desk.ticket import (
    TRANSITIONS,
    Closing,
    Note,
    Ticket,
    WrongState,
    notes_table,
    tickets_table,
)

NOTHING_SAID = Closing()


class Desk(Asking):
    """Tickets and their queue; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    # ---- the agents' side

    def take(self, number: int, agent_id: int, said: Entry, seen: bool = True) -> Ticket:
        """Give a waiting customer to an agent, and say so; `seen`: by the agent's own hand.

        Raises:
            WrongState: it waits no longer.
        """
        moment = time.time()
        return self._go(
            "take",
            number,
            said,
            agent_id=agent_id,
            wanted_id=None,
            taken_at=moment,
            customer_at=moment,
            asked_at=moment,
            agent_at=None,
            reminded_at=None,
            seen_at=moment if seen else None,
        )

    def see(self, ticket: Ticket) -> None:
        """Note that the agent who was given a customer has seen it."""
        with self._database.write() as connection:
            connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id, tickets_table.c.agent_id == ticket.agent_id)
                .values(seen_at=time.time())
            )

    def take_over(self, number: int, agent_id: int, said: Entry) -> Ticket:
        """Give another agent's customer to this one, and say so.

        Raises:
            WrongState: no agent has it.
        """
        moment = time.time()
        return self._go(
            "take_over",
            number,
            said,
            agent_id=agent_id,
            taken_at=moment,
            reminded_at=None,
            seen_at=moment,
        )

    def transfer(
        self, number: int, said: Entry, wanted_id: int | None = None, category: str | None = None
    ) -> Ticket:
        """Pass a customer on, to another agent or back into the queue, and say so.

        Raises:
            WrongState: no agent has it.
        """
        more: dict[str, Any] = {"category": category} if category else {}
        more |= {"wanted_id": wanted_id, "wanted_at": time.time()}
        return self._go("transfer", number, said, agent_id=None, **more)

    def assign(
        self, number: int, wanted_id: int | None = None, category: str | None = None
    ) -> Ticket:
        """Say who is to take a customer who waits or left a message; None: anybody.

        Raises:
            WrongState: an agent has them, or it is over.
        """
        more = {"category": category} if category else {}
        with self._database.write() as connection:
            changed = connection.execute(
                tickets_table.update()
                .where(
                    tickets_table.c.id == number,
                    tickets_table.c.status.in_(TRANSITIONS["take"][0]),
                )
                .values(wanted_id=wanted_id, wanted_at=time.time(), **more)
            )
            if not changed.rowcount:
                raise WrongState("assign")
            return self._get(connection, number)

    def release(self, number: int, said: Entry) -> Ticket:
        """Put the customer of an agent who left back into the queue, and say so.

        Raises:
            WrongState: no agent has it.
        """
        return self._go("release", number, said, agent_id=None, reminded_at=None)

    def leave(self, number: int, said: Entry) -> Ticket:
        """Turn a waiting ticket into a message left when nobody will come, and say so.

        Raises:
            WrongState: the customer waits no longer.
        """
        return self._go("leave", number, said)

    def queue(self, number: int, said: Callable[[int], Entry]) -> Ticket:
        """Bring the customer of a message left back into the queue, and say which place that is.

        Raises:
            WrongState: it is no message left any more.
        """
        with self._database.write() as connection:
            ticket = self._move(connection, "queue", number)
            record(connection, ticket.conversation_id, [said(self._position(connection, ticket))])
            return ticket

    def unwant(self, number: int) -> None:
        """Let any agent take a customer who was passed on to one."""
        with self._database.write() as connection:
            connection.execute(
                tickets_table.update().where(tickets_table.c.id == number).values(wanted_id=None)
            )

    def close(self, number: int, said: Entry, closing: Closing = NOTHING_SAID) -> Ticket:
        """End the conversation with the agent, and say so.

        Raises:
            WrongState: no agent has it.
        """
        more = closing.values
        return self._go("close", number, said, open_for=None, closed_at=time.time(), **more)

    def conclude(self, number: int, closing: Closing) -> Ticket:
        """Change what was said of a ticket at its end.

        Raises:
            WrongState: it has not ended.
            ValueError: nothing is said.
        """
        if not closing.values:
            raise ValueError("nothing is said of it")
        with self._database.write() as connection:
            changed = connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == number, tickets_table.c.status == "closed")
                .values(**closing.values)
            )
            if not changed.rowcount:
                raise WrongState("conclude")
            return self._get(connection, number)

    def agent_said(self, ticket: Ticket, *said: Entry) -> list[Entry]:
        """Write an agent's words into the record, if the agent still has the customer.

        Raises:
            WrongState: no longer.
        """
        with self._database.write() as connection:
            moment = time.time()
            changed = connection.execute(
                tickets_table.update()
                .where(
                    tickets_table.c.id == ticket.id,
                    tickets_table.c.status == "with_agent",
                    tickets_table.c.agent_id == ticket.agent_id,
                )
                .values(agent_at=moment, reminded_at=None)
            )
            if not changed.rowcount:
                raise WrongState(ticket.status)
            if (ticket.agent_at or 0) <= (ticket.taken_at or 0):
                stints.answer(connection, ticket.id, moment)
            return record(connection, ticket.conversation_id, said)

    def remind(self, ticket: Ticket, *said: Entry) -> None:
        """Note that the silent one was reminded, and say it to the customer if it is them."""
        with self._database.write() as connection:
            connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id)
                .values(reminded_at=time.time())
            )
            record(connection, ticket.conversation_id, said)

    def note(self, number: int, agent_id: int, text: str) -> Note:
        """Add an internal note."""
        moment = time.time()
        with self._database.write() as connection:
            result = connection.execute(
                notes_table.insert().values(
                    ticket_id=number, agent_id=agent_id, text=text, created_at=moment
                )
            )
        return Note(int(result.inserted_primary_key[0]), number, agent_id, text, moment)


@lru_cache(maxsize=1)
def open_desk() -> Desk:
    """Return this process's desk, on the database that endpoints.yml names."""
    return Desk(open_database())
