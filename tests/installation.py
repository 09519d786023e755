"""An assistant or a cluster with its state in a folder of its own: tests, demo and benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from content.hours import WEEKDAYS
from deploy.cluster import Cluster
from desk import Database
from desk.agents import agents
from infra.processes import free_ports
from run import ROOT, Assistant
from tests.agent import PASSWORD, accounts_of


def write_settings(
    folder: Path, channels: Mapping[str, Any] | None = None, **web: Any
) -> tuple[Path, Path]:
    """Write the project's endpoints.yml and credentials.yml, changed, into the folder.

    Args:
        folder: where the database and the pictures shall be, too.
        channels: further parts of credentials.yml; None closes a channel that is open there.
        web: WebInput's settings.

    Returns:
        The two files.
    """
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf8"))
    endpoints["desk"]["url"] = f"sqlite:///{folder / 'desk.db'}"
    endpoints["pictures"]["url"] = str(folder / "pictures")
    file = folder / "endpoints.yml"
    file.write_text(yaml.safe_dump(endpoints), encoding="utf8")
    return file, _write_credentials(folder, ROOT / "credentials.yml", channels, web)


def _write_credentials(
    folder: Path, source: Path, channels: Mapping[str, Any] | None, web: Mapping[str, Any]
) -> Path:
    credentials = yaml.safe_load(source.read_text(encoding="utf8"))
    credentials["channels.web.WebInput"].update(web)
    credentials.update(channels or {})
    credentials = {name: given for name, given in credentials.items() if given is not None}
    file = folder / "credentials.yml"
    file.write_text(yaml.safe_dump(credentials), encoding="utf8")
    return file


def staff(folder: Path) -> None:
    """Let one agent be there for days, so that who asks for a human may wait for one."""
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    agent = accounts_of(database).save("ever-there", PASSWORD, "小王")
    with database.write() as connection:
        connection.execute(agents.update().values(seen_at=time.time() + 1e6))
    assert agent.available


def assistant_in(
    folder: Path,
    channels: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    **web: Any,
) -> Assistant:
    """Return an assistant, not yet started, on free ports, with state and log in that folder.

    `environment` are variables for its processes; for the rest see write_settings. Pictures are not
    read unless they say so.
    """
    port, actions_port = free_ports(2)
    endpoints, credentials = write_settings(folder, channels, **web)
    return Assistant(
        port=port,
        actions_port=actions_port,
        endpoints=endpoints,
        credentials=credentials,
        log=folder / "assistant.log",
        environment={"READ_PICTURES": "off", **(environment or {})},
    )


def cluster_in(folder: Path, workers: int = 2, **web: Any) -> Cluster:
    """Return a cluster, not yet started, that keeps everything in that folder.

    `web` are WebInput's settings.
    """
    credentials = _write_credentials(folder, ROOT / "deploy" / "credentials.yml", None, web)
    cluster = Cluster(folder, free_ports(1)[0], workers, credentials=credentials)
    cluster.environment["READ_PICTURES"] = "off"
    return cluster


@contextmanager
def closed_today(folder: Path) -> Iterator[str]:
    """Give the desk of an installation's folder hours, not today; yield how customers read them."""
    file = folder / "content" / "desk.yml"
    before = file.read_text(encoding="utf8")
    day = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=3)).weekday()
    hours = f'hours:\n  {WEEKDAYS[day]}: ["09:00-18:00"]\n'
    file.write_text(before.replace("hours: {}\n", hours), encoding="utf8")
    yield f"人工客服的服务时间：周{'一二三四五六日'[day]} 09:00-18:00。"
    file.write_text(before, encoding="utf8")
