"""What the environment sets, and where state lives: endpoints.yml, or the file ENDPOINTS names.

docs/deployment.md lists every variable; a wrong value is refused by its name. The environment is
read once, when a process first asks for a setting.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

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


def _setting(default: object, about: str, must: str, **rules: Any) -> Any:
    """Describe a variable.

    Args:
        default: what an unset or empty one counts as.
        about: what it is, in one line of docs/deployment.md.
        must: what a value must be, for who set it wrong.
        rules: pydantic's, for the value.
    """
    return Field(default, description=about, json_schema_extra={"must": must}, **rules)


_KEY = f"至少 {LONG} 个字符"
_PORT = "1 到 65535 的端口号"
_Key = Annotated[SecretStr, Field(min_length=LONG)]


class Settings(BaseSettings):
    """Every setting, by its variable's name in lower case."""

    model_config = SettingsConfigDict(
        alias_generator=str.upper,
        case_sensitive=True,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    database_url: str = _setting(
        "sqlite:///var/desk.db",
        "the database: record, tickets, agents, the bot's memory",
        "sqlite:///文件 或 postgresql://用户:密码@主机/库名",
        repr=False,  # it may hold a password
        pattern=r"\A(sqlite:///.+|postgresql(\+psycopg2)?://[^/]*/.+)\z",
    )
    state_url: str = _setting(
        "memory://",
        "what workers share: limits, claims, events; several workers need Redis",
        "memory:// 或 redis://主机:6379/0（也可以是 rediss://、unix://）",
        repr=False,
        pattern=r"\A(memory://|(redis|rediss|unix)://.+)\z",
    )
    pictures: Path = _setting(
        Path("var/pictures"),
        "the folder of customers' pictures; all workers need the same",
        "一个可以写入的文件夹",
    )
    actions_url: str = _setting(
        "http://127.0.0.1:5055/webhook",
        "where workers find the action servers",
        "http(s)://主机:端口/webhook",
        pattern=r"\Ahttps?://[^/\s]+/webhook\z",
    )
    assistant_secret: _Key | None = _setting(
        None,
        "signs sessions and buttons; unset, one is made in var/secret; all workers need the same",
        _KEY,
    )
    identity_key: _Key | None = _setting(
        None, "checks the app's tokens; unset, no app has a say", f"{_KEY}，或者 PEM 格式的公钥"
    )
    read_pictures: Literal["auto", "elsewhere", "off"] = _setting(
        "auto",
        "whether customers' pictures are read: where the packages for it are, or `elsewhere` by "
        "another container or machine on the same database and folder (docs/pictures.md)",
        "auto、elsewhere 或 off",
    )
    readers: int = _setting(
        0,
        "how many customers' pictures are read at the same time, by each `reader`; 0: one a core, "
        "at most 4",
        "张数，0 到 64",
        ge=0,
        le=64,
    )
    picture_patience: int = _setting(
        150,
        "seconds after which whose picture nobody has read is asked to write instead",
        "秒数，1 到 86400",
        ge=1,
        le=86400,
    )
    pictures_together: int = _setting(
        20,
        "seconds for which what was read in a picture waits for the customer's other ones",
        "秒数，0 到 86400",
        ge=0,
        le=86400,
    )
    originals_days: int = _setting(
        0,
        "days for which pictures are kept, sealed, as they were before they were covered; 0: not "
        "at all (docs/pictures.md)",
        "天数，0 到 90",
        ge=0,
        le=90,
    )
    originals_key: str | None = _setting(
        None,
        "seals them: the public key that `python -m desk key` makes",
        "`python -m desk key` 打印出来的公钥，44 个字符",
        pattern=r"\A[A-Za-z0-9+/]{43}=\z",
    )
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = _setting(
        None,
        "who shows it may read /metrics from elsewhere (docs/operations.md)",
        "至少 16 个字符",
    )
    log_format: Literal["plain", "json"] = _setting(
        "plain", "how log records are written (docs/operations.md)", "plain 或 json"
    )
    host: str = _setting("127.0.0.1", "where a worker listens", "一个地址", pattern=r"\A\S+\z")
    port: int = _setting(5005, "a worker's port", _PORT, ge=1, le=65535)
    actions_port: int = _setting(5055, "an action server's port", _PORT, ge=1, le=65535)
    content_dir: Path = _setting(
        Path("content"),
        "what the assistant says; it may be changed while it runs",
        "放着内容的文件夹",
    )
    model: Path = _setting(
        Path("models/assistant.tar.gz"), "the trained model", "一个文件（make train 会做出来）"
    )
    versions: Path = _setting(
        Path("var/versions"),
        "the folder of the models that leads train (docs/studio.md); all workers need the same",
        "一个可以写入的文件夹",
    )
    training_dir: Path = _setting(
        Path("."),
        "what leads' models are trained from: `config.yml`, `domain.yml` and `data/`",
        "放着 config.yml、domain.yml 和 data/ 的文件夹",
    )
    training_nice: int = _setting(
        19,
        "how far a training steps back for everything else: 19 the farthest, 0 not at all",
        "0 到 19",
        ge=0,
        le=19,
    )
    endpoints: Path = _setting(
        Path("endpoints.yml"),
        "where state lives; deploy/endpoints.yml takes it from the variables above",
        "一个文件",
    )
    credentials: Path = _setting(Path("credentials.yml"), "which channels are open", "一个文件")

    def variables(self) -> dict[str, str]:
        """Return all settings as the environment of a process to start; "" is unset."""
        found = {name.upper(): getattr(self, name) for name in Settings.model_fields}
        return {
            name: value.get_secret_value()
            if isinstance(value, SecretStr)
            else ("" if value is None else str(value))
            for name, value in found.items()
        }


def read(variables: Mapping[str, str] | None = None) -> Settings:
    """Read the environment.

    Args:
        variables: what counts before the environment's own variables.

    Raises:
        SettingError: a value is not what it must be; of the first such.
    """
    given = {name: value for name, value in (variables or {}).items() if value}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        name = str(error.errors(include_url=False, include_context=False)[0]["loc"][0])
        raise _wrong(name, given.get(name) or os.environ.get(name, "")) from None


@lru_cache(maxsize=1)
def current() -> Settings:
    """Return this process's settings.

    Raises:
        SettingError: a value is not what it must be.
    """
    return read()


def must(name: str) -> str:
    """Return what a variable's value must be, for who set it wrong."""
    extra: Any = Settings.model_fields[name.lower()].json_schema_extra
    return str(extra["must"])


def _wrong(name: str, value: str) -> SettingError:
    secret = any(word in name for word in ("KEY", "SECRET", "TOKEN")) or "@" in value
    return SettingError(f"{name}{'' if secret else f' {value}'}：应为 {must(name)}")


def _is_file(path: Path) -> bool:
    return path.is_file()


def _is_folder(path: Path) -> bool:
    return path.is_dir()


def _can_hold_files(path: Path) -> bool:
    there = next(each for each in (path, *path.parents) if each.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


# What must be there before anything is started.
_THERE: dict[str, Callable[[Path], bool]] = {
    "PICTURES": _can_hold_files,
    "VERSIONS": _can_hold_files,
    "TRAINING_DIR": _is_folder,
    "CONTENT_DIR": _is_folder,
    "MODEL": _is_file,
    "ENDPOINTS": _is_file,
    "CREDENTIALS": _is_file,
}


def check(variables: Mapping[str, str] | None = None) -> Settings:
    """Return the settings, when all they name is there and fits together.

    Args:
        variables: as for `read`.

    Raises:
        SettingError: of the first that is wrong.
    """
    found = read(variables)
    for name, fits in _THERE.items():
        path = getattr(found, name.lower())
        if not fits(ROOT / path):
            raise _wrong(name, str(path))
    known = {**os.environ, **(variables or {}), **found.variables()}
    for file in (found.endpoints, found.credentials):
        text = _without_comments(ROOT / file)
        for before, now in MOVED.items():
            if before in text:
                raise SettingError(f"{file}：{before} 现在叫 {now}")
        for used in _VARIABLE.findall(text):
            if not known.get(used):
                raise SettingError(f"{used}：{file} 要用到它，却没有设置")
    for part, name in PARTS.items():
        if not _fits(name, endpoint(part, variables=variables)):
            raise SettingError(f"{found.endpoints}，{part}：url：应为 {must(name)}")
    shared = not endpoint("state", variables=variables).startswith("memory:")
    if shared and found.assistant_secret is None:
        raise SettingError(f"ASSISTANT_SECRET：几个进程要用同一个，{_KEY}")
    if found.originals_days and found.originals_key is None:
        raise SettingError(f"ORIGINALS_KEY：要留原图就要设置，{must('originals_key')}")
    return found


def _fits(name: str, value: str) -> bool:
    try:
        read({name: value})
    except SettingError:
        return False
    return name not in _THERE or _THERE[name](ROOT / value)


def _without_comments(path: Path) -> str:
    lines = path.read_text(encoding="utf8").splitlines()
    return "\n".join(line.partition("#")[0] for line in lines)


def endpoint(
    part: str, path: Path | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Return the `url` of one part of endpoints.yml: `desk`, `state` or `pictures`.

    `${NAME}` is replaced by the variable; a file's relative path starts at the project.

    Args:
        part: which.
        path: another file than the one that ENDPOINTS names.
        variables: as for `read`.

    Raises:
        SettingError: a value of the environment is not what it must be.
    """
    settings = read(variables) if variables else current()
    known = {**os.environ, **(variables or {}), **settings.variables()}
    file = path or ROOT / settings.endpoints
    parts = yaml.safe_load(file.read_text(encoding="utf8")) or {}
    default = Settings.model_fields[PARTS[part].lower()].default
    url = _VARIABLE.sub(
        lambda match: known.get(match[1]) or match[0],
        str((parts.get(part) or {}).get("url") or default),
    )
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith((prefix + "/", prefix + "file:")):
        return prefix + str(ROOT / url.removeprefix(prefix))
    return url if "://" in url else str(ROOT / url)
