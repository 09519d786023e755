"""The desk's tables are brought up to date at the start, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from desk import Database, Desk, Entry, Transcript
from desk.database import metadata
from desk.memory import Memory
from desk.migrations import HEAD, HERE, KNOWN, NewerDatabase, version_of
from run import ROOT

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    opened = Database(url)
    yield opened
    opened.close()


def url_of(database: Database) -> str:
    return str(database._engine.url)


def differences(database: Database) -> list[object]:
    """Return what Alembic would change to get from the database to the program's tables."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, metadata)
    # SQLite's own, where numbers are never given again.
    return [each for each in found if "sqlite_sequence" not in str(each)]


def run_statements(database: Database, *statements: sa.sql.ClauseElement | str) -> None:
    """Run them before the database is looked at as ours."""
    with sa.create_engine(url_of(database), future=True).begin() as connection:
        for each in statements:
            connection.execute(sa.text(each) if isinstance(each, str) else each)


def make_old(database: Database, tables: sa.MetaData) -> None:
    with sa.create_engine(url_of(database), future=True).begin() as connection:
        tables.create_all(connection)


# Tables and columns of tickets that came later.
NEWER = {"windows", "memories", "unread", "edits", "stints", "feedback", "profiles"}
NEWER |= {"versions", "releases"}
NEWER_OF_TICKETS = (
    "changed_at",
    "waited",
    "handled",
    "summary",
    "solved",
    "needless",
    "seen_at",
    "phone",
)


def before_platforms() -> sa.MetaData:
    """The tables as they were before WeChat, Weibo and the bounded tracker store."""
    old = sa.MetaData()
    for table in metadata.sorted_tables:
        if table.name in NEWER:
            continue
        made = table.to_metadata(old)
        made.dialect_options["sqlite"]["autoincrement"] = False
        if table.name == "messages":
            made.indexes = {each for each in made.indexes if each.name != "messages_to_carry"}
            made._columns.remove(made.c.delivery)
        if table.name == "tickets":
            for name in NEWER_OF_TICKETS:
                made._columns.remove(made.c[name])
        if table.name == "agents":
            for name in ("away_at", "locked"):
                made._columns.remove(made.c[name])
    return old


def the_first() -> sa.MetaData:
    """The tables of the very first hand-off."""
    old = sa.MetaData()
    sa.Table(
        "tickets",
        old,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
        sa.Column("open_for", sa.String(255), unique=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False, index=True),
        sa.Column("topic", sa.String(64)),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("procedure", sa.String(64)),
        sa.Column("step", sa.Integer),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    return old


def ticket(**values: object) -> dict[str, object]:
    return {
        "id": 7,
        "conversation_id": "web-old",
        "open_for": "web-old",
        "channel": "web",
        "status": "waiting",
        "category": "退款",
        "urgency": 1,
        "words": ["钱没到账"],
        "details": {"amount": "100元"},
        "created_at": MOMENT.timestamp(),
        **values,
    }


def test_empty_database_gets_all_tables_and_says_its_version(database: Database) -> None:
    assert differences(database) == []
    with database.read() as connection:
        assert version_of(connection) == HEAD


def test_a_database_from_before_migrations_is_completed_and_keeps_its_data(
    database: Database,
) -> None:
    old = before_platforms()
    make_old(database, old)
    run_statements(
        database,
        old.tables["messages"]
        .insert()
        .values(
            seq=41,
            conversation_id="web-old",
            key="k1",
            author="customer",
            text="我的退款呢",
            extra={"buttons": [], "step": None, "picture": None},
            answered=False,
            time=MOMENT.timestamp(),
        ),
        old.tables["tickets"].insert().values(**ticket()),
    )
    assert differences(database) == []
    desk, transcript = Desk(database), Transcript(database)
    kept = desk.open_ticket_of("web-old")
    assert kept is not None
    assert (kept.id, kept.words, kept.details) == (7, ("钱没到账",), {"amount": "100元"})
    assert [entry.text for entry in transcript.last("web-old")] == ["我的退款呢"]
    (added,) = transcript.add("wechat-new", Entry("k2", "bot", "您好"))
    assert added.seq == 42 or url_of(database).startswith("postgresql")
    assert transcript.to_deliver("wechat") == ["wechat-new"]
    Memory(database).keep("web-old", {"slots": {}, "events": []})


def test_times_of_tickets_from_before_they_were_added_up_are_reckoned(database: Database) -> None:
    old = before_platforms()
    make_old(database, old)
    begin = MOMENT.timestamp()
    closed = {"status": "closed", "open_for": None, "taken_at": begin + 60, "closed_at": begin + 90}
    held = {"status": "with_agent", "conversation_id": "b", "open_for": "b", "taken_at": begin + 20}
    statement = old.tables["tickets"].insert()
    run_statements(
        database,
        statement.values(**ticket(**closed)),
        statement.values(**ticket(id=8, **held)),
        statement.values(**ticket(id=9, conversation_id="c", open_for="c")),
    )
    found = {each.id: each for each in Desk(database).search()}
    assert [(each.waited, each.handled) for _, each in sorted(found.items())] == [
        (60, 30),
        (20, 0),
        (0, 0),
    ]
    assert [found[number].changed_at - begin for number in (8, 9)] == [20, 0]


def test_numbers_of_an_old_sqlite_database_are_not_given_again_either(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    make_old(database, before_platforms())
    database.prepare()
    transcript = Transcript(database)
    (first,) = transcript.add("web-a", Entry("k", "bot", "您好"))
    with database.write() as connection:
        connection.execute(metadata.tables["messages"].delete())
    (second,) = transcript.add("web-b", Entry("k", "bot", "您好"))
    assert second.seq > first.seq


def test_tickets_of_the_very_first_tables_are_kept(database: Database) -> None:
    old = the_first()
    make_old(database, old)
    values = ticket(created_at=MOMENT, updated_at=MOMENT)
    run_statements(database, old.tables["tickets"].insert().values(**values))
    assert differences(database) == []
    kept = Desk(database).open_ticket_of("web-old")
    assert kept is not None
    assert kept.created_at == MOMENT.timestamp()


def test_a_newer_database_is_refused_in_one_sentence(database: Database) -> None:
    database.prepare()
    run_statements(database, "update alembic_version set version_num = '9999'")
    again = Database(url_of(database))
    with pytest.raises(NewerDatabase, match="newer program"):
        Desk(again).waiting()
    again.close()


def test_many_that_start_at_once_make_the_tables_once(database: Database) -> None:
    databases = [Database(url_of(database)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda each: Desk(each).waiting(), databases)) == [[]] * 8
    for each in databases:
        each.close()
    assert differences(database) == []


def test_versions_are_one_line_and_the_last_file_is_its_end() -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    script = ScriptDirectory.from_config(config)
    assert [each.revision for each in script.walk_revisions()][::-1] == KNOWN
    assert script.get_heads() == [HEAD]


def test_a_database_that_is_up_to_date_needs_no_alembic(database: Database) -> None:
    database.prepare()
    program = (
        "import sys; from desk import Database, Desk;"
        "Desk(Database(sys.argv[1])).waiting(); print('alembic' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, url_of(database)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "False"
