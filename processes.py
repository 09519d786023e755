"""Ports and processes of an installation on one machine: run.py, deploy/cluster.py."""

from __future__ import annotations

import contextlib
import random
import socket

# Above these the system takes ports for outgoing connections: a part that starts again could find
# its own taken.
PORTS = range(15_000, 32_000)


class StartError(Exception):
    """Something cannot start; the text says why and what helps."""


def check_port(host: str, port: int, option: str) -> None:
    """Raise StartError when the port is taken; `option` of `make run` chooses another."""
    if not _free(host, port):
        raise StartError(
            f"端口 {port} 已被占用 / port {port} is taken. 换一个 / choose another: "
            f"make run {option}={port + 1}"
        )


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((host, port))
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody uses now."""
    found: set[int] = set()
    while len(found) < count:
        port = random.SystemRandom().choice(PORTS)
        if _free("127.0.0.1", port):
            found.add(port)
    return list(found)
