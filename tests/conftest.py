"""The real assistant, started once for all tests, and customers who talk to it over HTTP."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from xdist.scheduler import LoadFileScheduling

from desk import Database, Desk
from infra import processes
from infra.processes import free_ports
from run import ROOT, Assistant, prepare_database
from tests.customer import Customer
from tests.installation import assistant_in, staff

SECRET = "for tests only " * 4
IDENTITY_KEY = "the app's and ours, for tests only"

# What starts installations of its own takes longest: at the end no processor shall be idle.
FIRST = (
    "tests/browser",
    "tests/studio/test_day",
    "tests/faults",
    "tests/test_",
    "tests/developer",
    "tests/reader",
    "tests/studio",
    "tests/runtime",
    "tests/platforms",
    "tests/security",
)
# Files that share what takes long to start stay in one process. The browser's are two groups: as
# one they would be the last to end.
TOGETHER = (
    ("tests/browser/test_studio", "tests/browser/test_teach"),
    ("tests/browser",),
    ("tests/studio/test_editing", "tests/studio/test_teaching"),
    tuple(
        f"tests/platforms/test_{name}.py"
        for name in ("contract", "feedback", "wechat", "wechat_desk", "weibo")
    ),
    ("tests/reader/test_conversation", "tests/reader/test_platforms"),
)
# Hundreds of conversations: whoever is free plays the next file of them.
APART = "tests/conversations"


class FilesInOrder(LoadFileScheduling):
    """Whoever is free takes the next file, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(APART):
            return nodeid
        for files in TOGETHER:
            if nodeid.startswith(files):
                return files[0]
        return super()._split_scope(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Give each of pytest's processes ports of its own: two could choose one before it is used.

    There is no garbage to look for until all tests are collected.
    """
    gc.disable()
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    processes.PORTS = processes.PORTS[mine::workers]


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and not in what was imported: half a second a look."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesInOrder:
    config.option.loadscopereorder = False
    return FilesInOrder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        starts = [item.nodeid.startswith(each) for each in FIRST]
        return starts.index(True) if any(starts) else len(starts)

    items.sort(key=place)


def start_assistant(
    folder: Path,
    channels: Mapping[str, Any] | None = None,
    reads_pictures: bool = False,
    **web: Any,
) -> Assistant:
    """Start an assistant with state and content in that folder.

    `web` are WebInput's settings, `channels` further parts of credentials.yml.
    """
    content = folder / "content"
    shutil.copytree(ROOT / "content", content, ignore=shutil.ignore_patterns("__pycache__"))
    keys = {"ASSISTANT_SECRET": SECRET, "IDENTITY_KEY": IDENTITY_KEY}
    keys["READ_PICTURES"] = "auto" if reads_pictures else "off"
    keys |= {"PICTURE_PATIENCE": "86400", "PICTURES_TOGETHER": "86400"}  # no machine is too slow
    web = {"address_limit": "100000/minute", **web}  # all tests' customers have one address
    places = {"CONTENT_DIR": str(content), "VERSIONS": str(folder / "versions")}
    assistant = assistant_in(folder, channels, {**keys, **places}, **web)
    staff(folder)
    try:
        assistant.start()
    except Exception:
        assistant.stop()
        print((folder / "assistant.log").read_text(encoding="utf8", errors="replace")[-4000:])
        raise
    return assistant


def until_it_works(
    work: Callable[[], object], failure: type[Exception] | tuple[type[Exception], ...]
) -> None:
    """Try again for a minute; then raise what it fails with."""
    until = time.monotonic() + 60
    while True:
        try:
            work()
            return
        except failure:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class RedisServer:
    """A real Redis of the tests' own, on a free port, that keeps nothing."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [program, "--port", str(free_ports(1)[0]), "--bind", "127.0.0.1"]
        self._command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.url = f"redis://127.0.0.1:{self._command[2]}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        try:
            with contextlib.closing(redis.Redis.from_url(self.url)) as client:
                until_it_works(client.ping, redis.RedisError)
        except redis.RedisError:
            self.stop()  # the fixture will not: it has none
            raise

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()


def program(name: str, package: str, *places: Path) -> str:
    """Return the path of a program that some tests need; without it they are left out, and told of.

    CI installs all of them, so there it is a failure.
    """
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))
    if found:
        return found
    reason = f"{name} is not installed (Debian/Ubuntu: sudo apt-get install {package})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(program("redis-server", "redis-server"), tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a Redis with nothing in it."""
    client = redis.Redis.from_url(redis_server.url)
    client.flushall()
    client.close()
    return redis_server.url


class PostgresServer:
    """A real PostgreSQL of the tests' own, on a free port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        # PostgreSQL refuses to run as root, as which CI runs.
        user = {"user": "nobody"} if os.getuid() == 0 else {}
        data, (port,) = folder / "data", free_ports(1)
        folder.chmod(0o755)
        data.mkdir()
        if user:
            shutil.chown(data, "nobody")
        initdb = [programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
        command = [programs / "postgres", "-D", data, "-p", str(port), "-c", "fsync=off"]
        command += [
            "-c",
            "max_connections=300",
            "-c",
            "listen_addresses=127.0.0.1",
            "-k",
            str(data),
        ]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user
        )
        self._url = f"postgresql://tests@127.0.0.1:{port}"
        self._engine = sa.create_engine(f"{self._url}/postgres", isolation_level="AUTOCOMMIT")
        until_it_works(lambda: self._engine.connect().close(), sa.exc.OperationalError)
        self._spare: list[str] = []

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"t{uuid.uuid4().hex}"
        with self._engine.connect() as connection:
            connection.execute(sa.text(f"create database {name}"))
        return f"{self._url}/{name}"

    @contextlib.contextmanager
    def desk(self) -> Iterator[str]:
        """Lend a database whose tables are made and empty; yields its URL.

        To empty them for the next one costs a fraction of what making them costs.
        """
        if self._spare:
            url = self._spare.pop()
        else:
            url = self.new_database()
            prepare_database(url)
        yield url
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        # Who still holds one of them keeps the whole: the next test gets a new one.
        with contextlib.suppress(sa.exc.OperationalError), engine.begin() as connection:
            connection.execute(sa.text("set local lock_timeout = '1s'"))
            tables = sa.inspect(connection).get_table_names()
            tables.remove("alembic_version")
            connection.execute(sa.text(f"truncate {', '.join(tables)} restart identity"))
            self._spare.append(url)

    def stop(self) -> None:
        self._engine.dispose()
        self._process.send_signal(signal.SIGINT)  # with SIGTERM it would wait for its clients
        self._process.wait(30)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Debian keeps the server's programs off the PATH.
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    initdb = program("initdb", "postgresql", *places)
    # Not pytest's folder: each run of pytest takes away what lets PostgreSQL's user get in there.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = PostgresServer(Path(initdb).parent, Path(folder))
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the test's own, on SQLite and on PostgreSQL."""
    with contextlib.ExitStack() as lent:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'desk.db'}"
        else:
            url = lent.enter_context(request.getfixturevalue("postgres_server").desk())
        opened = Database(url)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared assistant's databases, content and log."""
    return tmp_path_factory.mktemp("assistant")


@pytest.fixture
def desk(state: Path) -> Desk:
    """The desk of the shared assistant."""
    return Desk(Database(f"sqlite:///{state / 'desk.db'}"))


@pytest.fixture(scope="session")
def assistant(state: Path) -> Iterator[Assistant]:
    running = start_assistant(state)
    yield running
    running.stop()


@pytest.fixture
def new_customer(assistant: Assistant) -> Iterator[Callable[[], Customer]]:
    """Make customers, each in a session of their own."""
    made: list[Customer] = []

    def make() -> Customer:
        made.append(Customer(assistant.url))
        return made[-1]

    yield make
    for customer in made:
        customer.close()


@pytest.fixture
def customer(new_customer: Callable[[], Customer]) -> Customer:
    return new_customer()


@pytest.fixture
def let_hours_pass(state: Path) -> Callable[[int], None]:
    """Make the stored conversations older, as if that many hours had gone by."""

    def back_date(hours: int) -> None:
        with sqlite3.connect(state / "desk.db", timeout=10) as database:
            rows = database.execute("select conversation_id, data from memories").fetchall()
            for conversation, data in rows:
                remembered = json.loads(data)
                for event in remembered["events"]:
                    event["timestamp"] -= hours * 3600
                database.execute(
                    "update memories set data = ? where conversation_id = ?",
                    (json.dumps(remembered), conversation),
                )

    return back_date
