"""What the environment sets, and where state lives: endpoints.yml, or the file ENDPOINTS names.

docs/deployment.md lists every variable; a wrong value is refused at the start, by its name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.errors import AssistantError

ROOT = Path(__file__).resolve().parent.parent
PARTS = {"desk": "DATABASE_URL", "state": "STATE_URL", "pictures": "PICTURES"}
LONG = 32  # characters that a key must have
# Names that files of older installations may hold. Rasa would go on without the tracker store.
MOVED = {
    "channels.console.ConsoleInput": "console.ConsoleInput",
    "channels.tracker_store.RecentTrackerStore": "runtime.tracker_store.RecentTrackerStore",
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class SettingError(AssistantError):
    """Something in the environment is wrong; the text names it and says what it must be."""


@dataclass(frozen=True)
class Setting:
    """A variable of the environment.

    Args:
        name: the variable's.
        default: what an unset or empty one counts as.
        about: what it is, in one line of docs/deployment.md.
        must: what a value must be, for who set it wrong.
        fits: whether a value is that.
    """

    name: str
    default: str
    about: str
    must: str
    fits: Callable[[str], bool]


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _number(least: int, most: int) -> Callable[[str], bool]:
    return lambda value: value.isascii() and value.isdigit() and least <= int(value) <= most


def _is_file(value: str) -> bool:
    return (ROOT / value).is_file()


def _is_folder(value: str) -> bool:
    return (ROOT / value).is_dir()


def _can_hold_files(value: str) -> bool:
    path = ROOT / value
    there = next(each for each in (path, *path.parents) if each.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _long_or_none(value: str) -> bool:
    return not value or len(value) >= LONG


_KEY = f"at least {LONG} characters"
_PORT = "a port number, 1 to 65535"
SETTINGS = (
    Setting(
        "DATABASE_URL",
        "sqlite:///var/desk.db",
        "the database: record, tickets, agents, the bot's memory",
        "sqlite:///file or postgresql://user:password@host/name",
        _like(r"sqlite:///.+|postgresql(\+psycopg2)?://[^/]*/.+"),
    ),
    Setting(
        "STATE_URL",
        "memory://",
        "what workers share: limits, claims, events; several workers need Redis",
        "memory:// or redis://host:6379/0 (rediss://, unix://)",
        _like(r"memory://|(redis|rediss|unix)://.+"),
    ),
    Setting(
        "PICTURES",
        "var/pictures",
        "the folder of customers' pictures; all workers need the same",
        "a folder that we may write to",
        _can_hold_files,
    ),
    Setting(
        "ACTIONS_URL",
        "http://127.0.0.1:5055/webhook",
        "where workers find the action servers",
        "http(s)://host:port/webhook",
        _like(r"https?://[^/\s]+/webhook"),
    ),
    Setting(
        "ASSISTANT_SECRET",
        "",
        "signs sessions and buttons; unset, one is made in var/secret; all workers need the same",
        _KEY,
        _long_or_none,
    ),
    Setting(
        "IDENTITY_KEY",
        "",
        "checks the app's tokens; unset, no app has a say",
        f"{_KEY}, or a PEM public key",
        _long_or_none,
    ),
    Setting(
        "READ_PICTURES",
        "auto",
        "whether customers' pictures are read, where the packages for it are (docs/pictures.md)",
        "auto or off",
        _like("auto|off"),
    ),
    Setting(
        "METRICS_TOKEN",
        "",
        "who shows it may read /metrics from elsewhere (docs/operations.md)",
        "at least 16 characters",
        lambda value: not value or len(value) >= 16,
    ),
    Setting(
        "LOG_FORMAT",
        "plain",
        "how log records are written (docs/operations.md)",
        "plain or json",
        _like("plain|json"),
    ),
    Setting("HOST", "127.0.0.1", "where a worker listens", "an address", _like(r"\S+")),
    Setting("PORT", "5005", "a worker's port", _PORT, _number(1, 65535)),
    Setting("ACTIONS_PORT", "5055", "an action server's port", _PORT, _number(1, 65535)),
    Setting(
        "CONTENT_DIR",
        "content",
        "what the assistant says; it may be changed while it runs",
        "a folder with content",
        _is_folder,
    ),
    Setting(
        "MODEL",
        "models/assistant.tar.gz",
        "the trained model",
        "a file (make train)",
        _is_file,
    ),
    Setting(
        "ENDPOINTS",
        "endpoints.yml",
        "where state lives; deploy/endpoints.yml takes it from the variables above",
        "a file",
        _is_file,
    ),
    Setting("CREDENTIALS", "credentials.yml", "which channels are open", "a file", _is_file),
)


def values(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return every setting, its default where the environment says nothing."""
    given = os.environ if environment is None else environment
    return {each.name: given.get(each.name) or each.default for each in SETTINGS}


def check(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return every setting, or say which one is wrong.

    Raises:
        SettingError: of the first that is.
    """
    given = dict(os.environ if environment is None else environment)
    found = values(given)
    for each in SETTINGS:
        if not each.fits(found[each.name]):
            shown = found[each.name]
            secret = any(word in each.name for word in ("KEY", "SECRET", "TOKEN")) or "@" in shown
            value = "" if secret else f" {shown}"
            raise SettingError(f"{each.name}{value}: 应为 / must be {each.must}")
    for name in ("ENDPOINTS", "CREDENTIALS"):
        text = _without_comments(ROOT / found[name])
        for before, now in MOVED.items():
            if before in text:
                raise SettingError(f"{found[name]}: {before} 现在叫 / is now {now}")
        for used in _VARIABLE.findall(text):
            if not (given.get(used) or found.get(used)):
                raise SettingError(f"{used}: {found[name]} 需要它 / needs it, and it is not set")
    path = ROOT / found["ENDPOINTS"]
    for part, name in PARTS.items():
        value = endpoint(part, path, given)
        setting = next(each for each in SETTINGS if each.name == name)
        if not setting.fits(value):
            raise SettingError(f"{found['ENDPOINTS']}, {part}: url: 应为 / must be {setting.must}")
    if not endpoint("state", path, given).startswith("memory:") and not found["ASSISTANT_SECRET"]:
        raise SettingError(
            f"ASSISTANT_SECRET: 多个进程要用同一个 / several workers need the same: {_KEY}"
        )
    return found


def _without_comments(path: Path) -> str:
    lines = path.read_text(encoding="utf8").splitlines()
    return "\n".join(line.partition("#")[0] for line in lines)


def endpoint(
    name: str, path: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return the `url` of one part of endpoints.yml: `desk`, `state` or `pictures`.

    `${NAME}` is replaced by the environment's variable; a file's relative path starts at the
    project.
    """
    given = os.environ if environment is None else environment
    known = values(given)
    path = path or ROOT / known["ENDPOINTS"]
    settings = yaml.safe_load(path.read_text(encoding="utf8")) or {}
    default = next(each.default for each in SETTINGS if each.name == PARTS[name])
    url = _VARIABLE.sub(
        lambda match: known.get(match[1]) or given.get(match[1], match[0]),
        str((settings.get(name) or {}).get("url") or default),
    )
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith((prefix + "/", prefix + "file:")):
        return prefix + str(ROOT / url.removeprefix(prefix))
    return url if "://" in url else str(ROOT / url)
