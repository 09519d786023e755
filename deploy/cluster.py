"""The larger installation on one machine: `make cluster`, from Debian's packages, as processes.

PostgreSQL, Redis, several of Rasa's workers, two action servers, nginx before them: what
compose.yml starts in containers. All of it lives in one folder and listens on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import contextlib
import grp
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from infra.processes import (  # noqa: E402
    Processes,
    StartError,
    check_port,
    end_like_ctrl_c,
    free_ports,
)
from reader import reads_here  # noqa: E402
from run import check_settings  # noqa: E402

# Debian keeps PostgreSQL's server off the PATH, and nginx off an ordinary user's.
PLACES = ["/usr/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:])]
PROGRAMS = {
    "postgres": "postgresql",
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "nginx": "nginx-light",
}


def find(program: str) -> str:
    """Return a program's path.

    Raises:
        StartError: it is not installed.
    """
    path = os.pathsep.join([os.environ["PATH"], *PLACES])
    found = shutil.which(program, path=path)
    if found is None:
        raise StartError(f"没有 {program} / no {program}: sudo apt-get install {PROGRAMS[program]}")
    return found


def nginx_configuration(
    listen: str,
    workers: Sequence[str],
    actions: Sequence[str],
    actions_listen: str,
    folder: str,
    user: str = "",
) -> str:
    """Return deploy/nginx.conf with its places filled in; addresses as `host:port`."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf8")
    server = "        server {} max_fails={} fail_timeout=2s;"
    values = {
        "USER": user,
        "FOLDER": folder,
        "LISTEN": listen,
        "ACTIONS_LISTEN": actions_listen,
        "WORKERS": "\n".join(server.format(each, 3) for each in workers),
        # If all backends were marked as down at once, customers would get no answer: none ever is.
        "ACTIONS": "\n".join(server.format(each, 0) for each in actions),
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


class Cluster(Processes):
    """All processes of one installation: `postgres`, `redis`, `actions-0`, `worker-0`, `nginx`.

    Args:
        folder: where it keeps everything; what is there already is used again.
        port: nginx's.
        workers, action_servers: how many.
        credentials: which channels are open.
        environment: further variables for workers and action servers.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        workers: int = 2,
        action_servers: int = 2,
        credentials: Path = ROOT / "deploy" / "credentials.yml",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(self.folder / "cluster.log")
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        ports = free_ports(3 + workers + action_servers)
        self._postgres, self._redis, self._actions_port, *ports = ports
        self._workers = ports[:workers]
        self._action_servers = ports[workers:]
        self.database_url = f"postgresql://assistant@127.0.0.1:{self._postgres}/assistant"
        # PostgreSQL refuses to run as root, and nginx's workers need not.
        self._user: dict[str, Any] = {"user": "nobody"} if os.getuid() == 0 else {}
        self.environment = {
            "ENDPOINTS": str(ROOT / "deploy" / "endpoints.yml"),
            "CREDENTIALS": str(credentials),
            "DATABASE_URL": self.database_url,
            "STATE_URL": f"redis://127.0.0.1:{self._redis}/0",
            "PICTURES": str(self.folder / "pictures"),
            "VERSIONS": str(self.folder / "versions"),
            "ACTIONS_URL": f"http://127.0.0.1:{self._actions_port}/webhook",
            "ASSISTANT_SECRET": self._secret(),
            "HOST": "127.0.0.1",
            **(environment or {}),
        }

    @property
    def workers(self) -> list[str]:
        """The workers' own addresses, past nginx."""
        return [f"http://127.0.0.1:{port}" for port in self._workers]

    def _secret(self) -> str:
        path = self.folder / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="utf8")
        return path.read_text(encoding="utf8")

    # ---- the parts

    def start_postgres(self) -> None:
        """Start PostgreSQL, and make the database if it is new."""
        data = self.folder / "postgres"
        new = not (data / "PG_VERSION").exists()
        if new:
            data.mkdir(exist_ok=True)
            if self._user:
                shutil.chown(data, "nobody")
            command = [
                find("initdb"),
                "-D",
                str(data),
                "-U",
                "assistant",
                "-A",
                "trust",
                "-E",
                "UTF8",
            ]
            quiet: dict[str, Any] = {"stdout": self._log, "stderr": self._log, "cwd": "/"}
            subprocess.run(command, check=True, **quiet, **self._user)  # noqa: S603
        self.run(
            "postgres",
            *(find("postgres"), "-D", data, "-p", str(self._postgres), "-k", data),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"),
            listens=("127.0.0.1", self._postgres),
            ends=signal.SIGINT,  # with SIGTERM it would wait for its clients
            cwd="/",
            **self._user,
        )
        self.wait_listening("postgres")
        self._make_database()

    def _make_database(self) -> None:
        import sqlalchemy as sa

        url = self.database_url.removesuffix("/assistant") + "/postgres"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        until = time.monotonic() + 30
        while True:
            try:
                with engine.connect() as connection:
                    known = connection.execute(
                        sa.text("select 1 from pg_database where datname = 'assistant'")
                    ).scalar()
                    if not known:
                        connection.execute(sa.text("create database assistant"))
                break
            except sa.exc.OperationalError:  # it starts up
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        engine.dispose()

    def start_redis(self) -> None:
        """Start Redis, without persistence."""
        self.run(
            "redis",
            *(find("redis-server"), "--port", str(self._redis), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
            listens=("127.0.0.1", self._redis),
        )
        self.wait_listening("redis")

    def start_actions(self, number: int) -> None:
        """Start an action server, by its number from 0."""
        self._run_part(f"actions-{number}", "actions", "ACTIONS_PORT", self._action_servers[number])

    def start_worker(self, number: int) -> None:
        """Start a worker, by its number from 0."""
        self._run_part(f"worker-{number}", "server", "PORT", self._workers[number])

    def _run_part(self, name: str, part: str, variable: str, port: int) -> None:
        self.run(
            *(name, sys.executable, "run.py", "--only", part),
            environment={**self.environment, variable: str(port)},
            listens=("127.0.0.1", port),
            cwd=ROOT,
        )

    def start_nginx(self) -> None:
        """Start nginx before all of them."""
        user = ""
        if self._user:
            group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
            user = f"user nobody {group};"
        path = self.folder / "nginx.conf"
        text = nginx_configuration(
            f"127.0.0.1:{self.port}",
            [f"127.0.0.1:{port}" for port in self._workers],
            [f"127.0.0.1:{port}" for port in self._action_servers],
            f"127.0.0.1:{self._actions_port}",
            str(self.folder),
            user,
        )
        path.write_text(text, encoding="utf8")
        self.run(
            *("nginx", find("nginx"), "-e", "stderr", "-p", str(self.folder), "-c", str(path)),
            listens=("127.0.0.1", self.port),
        )

    def start_reader(self) -> None:
        """Start what reads customers' pictures, if its packages are there and it is wanted."""
        if reads_here(self.environment):
            self.run(
                *("reader", sys.executable, "run.py", "--only", "reader"),
                environment=self.environment,
                cwd=ROOT,
            )

    # ---- all of them

    def start(self) -> None:
        """Start everything; return when every worker can answer.

        Raises:
            StartError: a program is missing, a port taken, a setting wrong, or a part ended.
        """
        for program in PROGRAMS:
            find(program)
        check_port("127.0.0.1", self.port, "PORT")
        check_settings(self.environment)
        # the user `nobody` must be able to reach its files in here.
        for path in (self.folder, *self.folder.parents):
            if (
                self._user
                and path.stat().st_uid == 0
                and path.is_relative_to(tempfile.gettempdir())
            ):
                path.chmod(path.stat().st_mode | 0o011)
        self.start_postgres()
        self.start_redis()
        for number in range(len(self._action_servers)):
            self.start_actions(number)
        for number in range(len(self._workers)):
            self.start_worker(number)
        self.start_reader()
        self.start_nginx()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Return when every worker that runs says that it is ready; all is kept alive from then on.

        Raises:
            StartError: a process ended, or it took too long.
        """
        for port in self._action_servers:
            self.wait_answer(f"http://127.0.0.1:{port}/health")
        for number, url in enumerate(self.workers):
            if f"worker-{number}" in self.processes:
                self.wait_answer(f"{url}/ready")
        self.keep_alive()


def main() -> int:
    """Start a cluster from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="nginx's")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept afterwards; without: a temporary one")
    parser.add_argument(
        "--nginx",
        nargs=2,
        metavar=("WORKERS", "ACTIONS"),
        help="only print nginx's configuration, for these host:port,host:port",
    )
    options = parser.parse_args()
    if options.nginx:
        workers, actions = (each.split(",") for each in options.nginx)
        print(nginx_configuration("8080", workers, actions, "8081", "/tmp"))  # noqa: S108
        return 0
    if options.workers < 1:
        parser.error("--workers: at least 1")

    end_like_ctrl_c()
    with contextlib.ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="ok-cluster-", ignore_cleanup_errors=True)
        folder = options.folder or Path(stack.enter_context(temporary))
        cluster = Cluster(folder, options.port, options.workers)
        stack.callback(cluster.stop)
        try:
            cluster.start()
            workers = " ".join(cluster.workers)
            print(f"聊天页面 / chat page: {cluster.url}/    (Ctrl-C 停止 / stops it)", flush=True)
            print(f"workers: {workers}    log: {cluster.folder / 'cluster.log'}", flush=True)
            account = f"DATABASE_URL={cluster.database_url} ENDPOINTS=deploy/endpoints.yml"
            print(f"客服账号 / agents: {account} make agent NAME=xiaowang", flush=True)
            cluster.wait()
            return 0
        except StartError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
