"""An assistant whose state is in a folder of its own: for tests, the demo and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from processes import free_ports
from run import ROOT, Assistant


def write_settings(
    folder: Path, channels: Mapping[str, Any] | None = None, **web: Any
) -> tuple[Path, Path]:
    """Write the project's endpoints.yml and credentials.yml, changed, into the folder.

    Args:
        folder: where the database and the pictures shall be, too.
        channels: further parts of credentials.yml.
        web: WebInput's settings.

    Returns:
        The two files.
    """
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf8"))
    endpoints["desk"]["url"] = f"sqlite:///{folder / 'desk.db'}"
    endpoints["pictures"]["url"] = str(folder / "pictures")
    credentials = yaml.safe_load((ROOT / "credentials.yml").read_text(encoding="utf8"))
    credentials["channels.web.WebInput"].update(web)
    credentials.update(channels or {})
    files = folder / "endpoints.yml", folder / "credentials.yml"
    for file, parts in zip(files, (endpoints, credentials), strict=True):
        file.write_text(yaml.safe_dump(parts), encoding="utf8")
    return files


def assistant_in(
    folder: Path,
    channels: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    **web: Any,
) -> Assistant:
    """Return an assistant, not yet started, on free ports, with state and log in that folder.

    `environment` are variables for its processes; for the rest see write_settings.
    """
    port, actions_port = free_ports(2)
    endpoints, credentials = write_settings(folder, channels, **web)
    return Assistant(
        port=port,
        actions_port=actions_port,
        endpoints=endpoints,
        credentials=credentials,
        log=folder / "assistant.log",
        environment=environment,
    )
