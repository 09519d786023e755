"""Starts the assistant: the action server and Rasa's server, or `rasa shell`; keeps both alive.

Used by `make run`, `make shell` and the tests. Settings come from the command line; where state
lives comes from endpoints.yml. `run.py --only server` (or `actions`) is one part alone, with all
settings from the environment, for deploy/.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import yaml

from content import ContentError, ContentLibrary
from infra import settings
from infra.channels import channels
from infra.processes import Processes, StartError, check_port, end_like_ctrl_c
from reader import reads_here
from runtime import history

ROOT = Path(__file__).resolve().parent

# Telemetry and chatter off.
ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONWARNINGS": "ignore",
    "SANIC_HOST": "127.0.0.1",
    # A process that slept for a while must not hang up on who waited meanwhile.
    "SANIC_KEEP_ALIVE_TIMEOUT": "75",
    # What is not used costs a tenth of a start: phrases and copies of them where single characters
    # are spoken.
    "PYPINYIN_NO_PHRASES": "true",
    "PYPINYIN_NO_DICT_COPY": "true",
    # A sentence's vectors are small: a second thread of NumPy's costs more than it saves, and waits
    # by spinning where other work has the processor.
    "OPENBLAS_NUM_THREADS": "1",
    # A customer's photo unpacks to 100 MB and more. After the first, glibc takes such pieces from
    # memory that it never gives back, unless it is told from which size on they stand alone.
    "MALLOC_MMAP_THRESHOLD_": "1000000",
}


def check_settings(variables: Mapping[str, str] | None = None) -> settings.Settings:
    """Return all settings, when they and the content are right.

    Args:
        variables: what counts before the environment's own variables.

    Raises:
        StartError: one is not, or the content is broken.
    """
    try:
        found = settings.check(variables)
        history.check(ROOT / found.endpoints)
        ContentLibrary(ROOT / found.content_dir).load()
    except (settings.SettingError, history.HistoryError) as error:
        raise StartError(str(error)) from None
    except ContentError as error:
        raise StartError(f"内容有误 / the content is broken:\n{error}") from None
    return found


def prepare_database(url: str) -> None:
    """Bring the tables up to date; see desk/prepare.py."""
    from desk import prepare  # SQLAlchemy: while the processes start, not before

    prepare.prepare_database(url)


def server_command(
    model: Path, host: str, port: int, endpoints: Path, credentials: Path
) -> list[str]:
    """Return Python's arguments that start Rasa's server."""
    command = ["runtime/quiet.py", "rasa", "run", "-m", str(model), "-i", host, "-p", str(port)]
    command += ["--endpoints", str(endpoints), "--credentials", str(credentials), "--quiet"]
    return command


def actions_command(port: int) -> list[str]:
    """Return Python's arguments that start the action server."""
    return ["runtime/quiet.py", "rasa_sdk", "--actions", "actions", "-p", str(port), "--quiet"]


READER = ["-m", "reader"]  # Python's arguments that start what reads pictures


def become(part: str) -> NoReturn:
    """Become one part of a larger installation: `server`, `actions` or `reader`.

    Raises:
        StartError: a setting is wrong, the content is broken, or the database too new.
    """
    found = check_settings()
    if part == "reader":
        command = READER
    elif part == "actions":
        command = actions_command(found.actions_port)
    else:
        files = ROOT / found.endpoints, ROOT / found.credentials
        command = server_command(ROOT / found.model, found.host, found.port, *files)
    prepare_database(settings.endpoint("desk"))
    os.chdir(ROOT)
    ours = {**ENVIRONMENT, **found.variables(), "SANIC_HOST": found.host}
    environment = {**os.environ, **ours}
    os.execve(sys.executable, [sys.executable, *command], environment)  # noqa: S606  # our own


class Assistant(Processes):
    """The processes of one assistant: `server`, `actions`, and `reader` where it is installed.

    Args:
        host, port: where Rasa's server (page and API) listens.
        actions_port: where the action server listens, on 127.0.0.1.
        endpoints: where state lives; the action server's port is put in.
        credentials: which channels are open.
        log: a file for the processes' output; None lets it through.
        environment: further variables for the processes.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 5005,
        actions_port: int = 5055,
        endpoints: Path = ROOT / "endpoints.yml",
        credentials: Path = ROOT / "credentials.yml",
        model: Path = ROOT / "models" / "assistant.tar.gz",
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(log)
        self.host, self.port, self.actions_port = host, port, actions_port
        self.url = f"http://localhost:{port}"
        self._model = model
        self._credentials = credentials
        self._environment = {**ENVIRONMENT, **(environment or {})}
        self._folder = tempfile.TemporaryDirectory(prefix="ok-wallet-")
        self._endpoints = self._write_endpoints(endpoints)

    def _write_endpoints(self, source: Path) -> Path:
        parts = yaml.safe_load(source.read_text(encoding="utf8"))
        parts["action_endpoint"]["url"] = f"http://127.0.0.1:{self.actions_port}/webhook"
        target = Path(self._folder.name) / "endpoints.yml"
        target.write_text(yaml.safe_dump(parts), encoding="utf8")
        return target

    def _python(
        self,
        name: str,
        command: list[str],
        listens: tuple[str, int] | None = None,
        foreground: bool = False,
    ) -> None:
        self.run(
            *(name, sys.executable, *command),
            environment={
                **self._environment,
                "ENDPOINTS": str(self._endpoints),
                "MODEL": str(self._model),
            },
            listens=listens,
            foreground=foreground,
            cwd=ROOT,
        )

    def start_actions(self) -> None:
        """Start the action server."""
        check_port("127.0.0.1", self.actions_port, "ACTIONS_PORT")
        listens = "127.0.0.1", self.actions_port
        self._python("actions", actions_command(self.actions_port), listens)

    def start_server(self) -> None:
        """Start Rasa's server with the channels of credentials.yml."""
        check_port(self.host, self.port, "PORT")
        command = server_command(
            self._model, self.host, self.port, self._endpoints, self._credentials
        )
        self._python("server", command, (self.host, self.port))

    def start_reader(self) -> None:
        """Start what reads customers' pictures, if its packages are there and it is wanted."""
        if reads_here(self._environment):
            self._python("reader", READER)

    def start(self) -> None:
        """Start everything and return when the first message can be answered.

        Raises:
            StartError: no model, broken content, a port is taken, a process ended, or it took
                too long.
        """
        if not self._model.exists():
            raise StartError("没有训练好的模型 / no trained model: make train")
        check_settings(
            {
                **self._environment,
                "ENDPOINTS": str(self._endpoints),
                "CREDENTIALS": str(self._credentials),
                "MODEL": str(self._model),
            }
        )
        check_port(self.host, self.port, "PORT")
        self.start_actions()
        self.start_server()
        prepare_database(settings.endpoint("desk", self._endpoints))
        self.start_reader()
        self.wait_ready()

    @property
    def greeting(self) -> str:
        """What there is to open in a browser."""
        open_ones = yaml.safe_load(self._credentials.read_text(encoding="utf8")) or {}
        pages = [(each.source, each.greeting) for each in channels().values() if each.greeting]
        pages.append(("console.ConsoleInput", "工作台 / agents' console: {url}/desk"))
        found = next(
            (said for source, said in pages if source in open_ones), "已启动 / running: {url}"
        )
        return found.format(url=self.url)

    def wait_ready(self) -> None:
        """Return when /ready says so; all is kept alive from then on.

        Raises:
            StartError: a process ended, or it takes too long.
        """
        self.wait_answer(f"{self.url}/ready")
        self.keep_alive()

    def shell(self) -> int:
        """Run `rasa shell` with the actions beside it; return its exit code."""
        check_port("127.0.0.1", self.port, "PORT")
        self.start_actions()
        command = ["runtime/quiet.py", "rasa", "shell", "-m", str(self._model)]
        command += ["--endpoints", str(self._endpoints), "-p", str(self.port), "--quiet"]
        self._python("shell", command, foreground=True)
        self.keep_alive()
        return self.processes["shell"].wait()

    def stop(self) -> None:
        """Stop everything."""
        super().stop()
        self._folder.cleanup()


def main() -> int:
    """Start the assistant from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shell", action="store_true", help="talk in the terminal")
    parser.add_argument(
        "--only",
        choices=["server", "actions", "reader"],
        help="one part; settings from the environment",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--actions-port", type=int, default=5055)
    options = parser.parse_args()
    if options.only:
        try:
            become(options.only)
        except StartError as error:
            print(error, file=sys.stderr)
            return 1

    end_like_ctrl_c()
    assistant = Assistant(options.host, options.port, options.actions_port)
    try:
        if options.shell:
            return assistant.shell()
        assistant.start()
        print(f"{assistant.greeting}    (Ctrl-C 停止 / stops it)", flush=True)
        assistant.wait()
        return 0
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        assistant.stop()


if __name__ == "__main__":
    sys.exit(main())
