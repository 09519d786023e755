"""What this project's processes write into their logs.

Every record, of ours and of the libraries, is made safe where it is made: without control
characters that forge a line or speak to a terminal, without conversations' ids (which name people
on WeChat), without tokens and the queries of addresses, and without exceptions' own words, which
quote customers. With LOG_FORMAT=json in the environment each is one JSON object on stderr.

A request's id is in every record of what is done for it, in its answer's header, and goes with the
calls to the action server.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from infra import settings
from infra.channels import channels

HEADER = "X-Request-ID"
request_id: ContextVar[str] = ContextVar("request_id", default="")

OURS = {
    *("actions", "channels", "console", "content", "desk", "infra", "nlu", "reader", "runtime"),
    "server",
}
LONGEST = 2000  # characters of a message
FRAMES = 6  # of an exception's place
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CONVERSATION = re.compile(rf"\b({'|'.join(channels())})-[\w-]+")
_QUERY = re.compile(r"\?[\w.%~-]+=[^\s'\">)]*")  # of an address
_PASSWORD = re.compile(r"://[^/@\s]+@")
_TOKEN = re.compile(r"\beyJ[\w.-]{8,}|\b(Bearer)\s+\S+", re.IGNORECASE)
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def install() -> None:
    """Make this process's records safe from now on, and JSON where LOG_FORMAT says so.

    Raises:
        SettingError: LOG_FORMAT, or another setting, is wrong.
    """
    form = settings.current().log_format
    logging.setLogRecordFactory(make_record)
    if form == "json":
        _write_json()


def _write_json() -> None:
    """Let all records go to stderr as JSON, whoever sets logging up after us."""
    import coloredlogs
    import sanic.log

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())

    def use(level: Any = None, **settings: Any) -> None:
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(level or logging.WARNING)

    # Rasa and its SDK call it to set up logging; Sanic sets up its own loggers from this dict.
    coloredlogs.install = use
    for each in sanic.log.LOGGING_CONFIG_DEFAULTS["handlers"].values():
        each["stream"] = sys.stderr
    for name in sanic.log.LOGGING_CONFIG_DEFAULTS["formatters"]:
        sanic.log.LOGGING_CONFIG_DEFAULTS["formatters"][name] = {"()": JsonFormatter}
    logging.lastResort = handler
    logging.captureWarnings(True)
    use()


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time (UTC), level, logger, message and the request's id."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        known = getattr(record, "request_id", "")
        return json.dumps(line | ({"request_id": known} if known else {}), ensure_ascii=False)


# ---- a record that is safe


_make = logging.getLogRecordFactory()


def make_record(*args: Any, **named: Any) -> logging.LogRecord:
    """Make a record as `logging` does, safe to write and to read."""
    record = _make(*args, **named)
    record.msg, record.args = _message(record), ()
    record.exc_info = record.exc_text = record.stack_info = None
    record.request_id = request_id.get()
    return record


def _message(record: logging.LogRecord) -> str:
    said = record.msg
    try:
        text = type(said).__name__ if isinstance(said, BaseException) else record.getMessage()
    except Exception:  # arguments that do not fit
        text = "(a message that could not be made)"
    if record.name.partition(".")[0] not in OURS:
        text = _of_library(text)
    if record.exc_info and record.exc_info[1] is not None:
        text += f" ({_place(record.exc_info[1])})"
    return safe(text)


def _of_library(text: str) -> str:
    """Return what a library wrote without what it may quote of a customer.

    Libraries write one line of English; what follows it, and other scripts, are data.
    """
    if text.startswith("{"):  # Rasa's structured records: the event's name, not its values
        try:
            text = str(json.loads(text)["event"])
        except (ValueError, KeyError, TypeError):
            text = "(data)"
    return _FOREIGN.sub("…", text.partition("\n")[0])


def safe(text: str) -> str:
    """Return a text without ids, tokens and control characters; further lines are indented."""
    text = _CONVERSATION.sub(r"\1-…", text)
    text = _QUERY.sub("?…", text)
    text = _PASSWORD.sub("://…@", text)
    text = _TOKEN.sub("…", text)
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text[:LONGEST].replace("\n", "\n    ")


def _place(error: BaseException) -> str:
    """Return an exception's type and where it was raised, without its words."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames))
    return f"{type(error).__name__} at {where}" if where else type(error).__name__


# ---- requests


def follow(app: Sanic) -> None:
    """Give each request of a server its id, its own if that is one, and send it back."""
    app.register_middleware(_begin, "request")
    app.register_middleware(_name, "response")


def _begin(request: Request) -> None:
    known = getattr(request.ctx, "request_id", None) or request.headers.get(HEADER, "")
    request.ctx.request_id = known if _ID.fullmatch(known) else uuid.uuid4().hex
    request_id.set(request.ctx.request_id)


def _name(request: Request, answer: HTTPResponse) -> None:
    answer.headers[HEADER] = getattr(request.ctx, "request_id", "") or uuid.uuid4().hex


def follow_actions() -> None:
    """Let the action server's requests keep the ids they come with."""
    import pluggy
    from rasa_sdk.plugin import plugin_manager

    class Extension:
        @pluggy.HookimplMarker("rasa_sdk")
        def attach_sanic_app_extensions(self, app: Sanic) -> None:
            follow(app)

    plugin_manager().register(Extension())
