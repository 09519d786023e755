"""The installation's secret: signs sessions and buttons."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from infra import settings

ROOT = Path(__file__).resolve().parent.parent


def load_secret(path: Path = ROOT / "var" / "secret") -> bytes:
    """Return ASSISTANT_SECRET, or the secret in the file, which is made on the first start.

    Raises:
        SettingError: ASSISTANT_SECRET is too short.
    """
    given = settings.current().assistant_secret
    if given is not None:
        return given.get_secret_value().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        made = secrets.token_hex(32).encode()
        file.write(made)
    return made
