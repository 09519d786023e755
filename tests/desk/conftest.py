"""A desk of the test's own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from desk import Agent, Agents, Database, Desk, Transcript
from desk.agents import agents
from desk.customers import Customers
from desk.pictures import PictureStore
from tests.agent import accounts_of


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def transcript(database: Database) -> Transcript:
    return Transcript(database)


@pytest.fixture
def accounts(database: Database) -> Agents:
    return accounts_of(database)


@pytest.fixture
def agent(database: Database, accounts: Agents) -> Agent:
    """An agent who is there."""
    made = accounts.save("xiaowang", "a long password", "小王")
    with database.write() as connection:
        connection.execute(
            agents.update().where(agents.c.id == made.id).values(seen_at=time.time() + 1000)
        )
    return made


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def customers(database: Database, pictures: PictureStore) -> Customers:
    return Customers(database, pictures)
