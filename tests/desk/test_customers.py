"""Everything that is stored of one customer, shown and deleted; on SQLite and PostgreSQL."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image

from desk import Agent, Agents, Database, Desk, Entry, TicketRequest, Transcript, tables
from desk.customers import Customers
from desk.database import metadata
from desk.figures import Figures
from desk.pictures import PictureStore
from desk.quota import Quotas

# Tables without anything of customers. A new table belongs here, or must be erased.
NOBODYS = {"agents", "audit", "edits", "releases", "versions"}
# How a row is a customer's that does not name the conversation.
RELATED = {"ticket_id": "tickets", "seq": "messages"}


def png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    return data.getvalue()


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.read() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in metadata.sorted_tables
        }


def fill(database: Database, conversation: str) -> None:
    """Put a row of this customer into every table that may hold some, whatever its columns."""
    made: dict[str, int] = {}

    def value(column: Any, table: sa.Table) -> Any:
        if column.name in {"conversation_id", "open_for"}:
            return conversation
        if column.name in RELATED and table.name != RELATED[column.name]:
            return made[RELATED[column.name]]
        kinds = {bool: False, int: 1, float: 1.0, dict: {}}
        return kinds.get(column.type.python_type, f"{conversation}的{column.name}")

    def related(table: sa.Table) -> bool:
        return not {"tickets", "messages"} & {table.name}

    with database.write() as connection:
        for table in sorted(metadata.sorted_tables, key=related):
            if table.name in NOBODYS:
                continue
            given = {
                column.name: value(column, table)
                for column in table.c
                if not (column.primary_key and column.autoincrement is True)
            }
            key = connection.execute(table.insert().values(**given)).inserted_primary_key
            made[table.name] = key[0]


def test_every_table_is_somebodys_or_declared_nobodys() -> None:
    for table in metadata.sorted_tables:
        theirs = "conversation_id" in table.c or set(RELATED) & set(table.c.keys())
        assert theirs or table.name in NOBODYS, f"does {table.name} hold data of customers?"


def test_nothing_of_a_customer_is_left_in_any_table(
    database: Database, customers: Customers
) -> None:
    fill(database, "weibo-b")
    others = rows(database)
    fill(database, "weibo-a")
    filled = rows(database)
    for name in filled.keys() - NOBODYS:
        assert len(filled[name]) == len(others[name]) + 1, name
    customers.erase("weibo-a")
    assert rows(database) == others, "all of the one, nothing of the other"


def test_every_row_of_a_customer_is_shown_to_them(database: Database, customers: Customers) -> None:
    fill(database, "weibo-b")
    fill(database, "weibo-a")
    shown = customers.export("weibo-a")
    assert shown.keys() == rows(database).keys() - NOBODYS
    for name, found in shown.items():
        assert len(found) == 1, name
        assert "weibo-b" not in str(found), name
    assert all(not found for found in customers.export("weibo-c").values())


def test_customer_who_did_everything_is_forgotten_and_the_other_is_not(
    database: Database,
    customers: Customers,
    pictures: PictureStore,
    desk: Desk,
    transcript: Transcript,
    accounts: Agents,
    agent: Agent,
) -> None:
    figures, quotas = Figures(database), Quotas(database)
    kept = {}
    for conversation in ("weibo-1", "weibo-12"):  # one's name begins like the other's
        (said,) = transcript.add(conversation, Entry("m", "customer", "退款"))
        ticket = desk.request(TicketRequest(conversation, "weibo", "退款"))
        desk.take(ticket.id, agent.id, Entry("joined", "system", "来了"))
        desk.note(ticket.id, agent.id, "客户很急")
        accounts.note(agent.login, "note", ticket.id)
        desk.close(ticket.id, Entry("closed", "system", "好了"))
        desk.rate(conversation, 5, "不错")
        figures.label([said.seq], "request_refund", "lead")
        quotas.open(conversation, 5, 3600)
        kept[conversation] = pictures.keep(conversation, png())
    before = customers.export("weibo-12")
    assert {len(before[name]) for name in ("tickets", "notes", "labels", "windows")} == {1}
    customers.erase("weibo-1")
    assert not any(customers.export("weibo-1").values())
    assert customers.export("weibo-12") == before
    assert pictures.find("weibo-1", kept["weibo-1"].id) is None
    assert pictures.find("weibo-12", kept["weibo-12"].id)
    assert len(accounts.audit_log()) == 2, "what agents did is known all the same"
    customers.erase("weibo-1")


def test_numbers_of_who_was_deleted_are_never_given_again(
    customers: Customers, desk: Desk, transcript: Transcript
) -> None:
    (said,) = transcript.add("weibo-a", Entry("m", "customer", "退款"))
    ticket = desk.request(TicketRequest("weibo-a", "weibo", "退款"))
    customers.erase("weibo-a")
    (again,) = transcript.add("weibo-b", Entry("m", "customer", "退款"))
    assert again.seq > said.seq, "agents' pages go on from a place in the record"
    other = desk.request(TicketRequest("weibo-b", "weibo", "退款"))
    assert other.number != ticket.number, "the audit log names tickets"


def test_customer_who_left_can_come_back(
    customers: Customers, desk: Desk, transcript: Transcript
) -> None:
    transcript.add("weibo-a", Entry("m", "customer", "退款"))
    desk.request(TicketRequest("weibo-a", "weibo", "退款"))
    customers.erase("weibo-a")
    (said,) = transcript.add("weibo-a", Entry("m", "customer", "我又来了"))
    assert said.text == "我又来了"
    assert desk.open_ticket_of("weibo-a") is None
    assert desk.request(TicketRequest("weibo-a", "weibo", "退款")).status == "left_message"


def test_every_table_is_among_those_that_are_looked_through() -> None:
    folder = Path(tables.__file__).parent
    made = [path.stem for path in folder.glob("*.py") if "sa.Table(" in path.read_text("utf8")]
    assert made
    assert [name for name in made if not hasattr(tables, name)] == []
