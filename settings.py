"""Where state lives: what endpoints.yml (or the file that ENDPOINTS names) says."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent
DEFAULTS = {"desk": "sqlite:///var/desk.db", "state": "memory://", "pictures": "var/pictures"}


def endpoint(name: str) -> str:
    """Return the `url` of one part of endpoints.yml: `desk`, `state` or `pictures`.

    `${NAME}` is replaced by the environment's variable; a file's relative path starts at the
    project.
    """
    path = Path(os.environ.get("ENDPOINTS") or ROOT / "endpoints.yml")
    settings = yaml.safe_load(path.read_text(encoding="utf8")) or {}
    url = os.path.expandvars(str((settings.get(name) or {}).get("url") or DEFAULTS[name]))
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith((prefix + "/", prefix + "file:")):
        return prefix + str(ROOT / url.removeprefix(prefix))
    return url if "://" in url else str(ROOT / url)
