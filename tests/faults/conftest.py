"""How often faults are made, and the figures of all of them."""

from __future__ import annotations

import os
from typing import Any

from tests.faults.load import Report

ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "1"))  # make test-faults ROUNDS=...
REPORTS: list[Report] = []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures of all loads together."""
    if not REPORTS:
        return
    total: dict[str, float] = {}
    for report in REPORTS:
        for name, value in report.figures().items():
            worst = name.startswith("longest")
            total[name] = max(total.get(name, 0), value) if worst else total.get(name, 0) + value
    terminalreporter.section("faults")
    for name, value in total.items():
        terminalreporter.line(f"{name:20} {value:g}")
