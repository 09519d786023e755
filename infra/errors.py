"""The one tree of this project's exceptions, and the codes with which requests are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

# For programs: clients tell refusals apart by these (channels/web/openapi.yml, the console's page).
Code = Literal[
    "bad_identity",
    "bad_login",
    "bad_picture",
    "bad_rating",
    "bad_request",
    "busy",
    "button_expired",
    "changed",
    "closed",
    "empty",
    "failed",
    "foreign_origin",
    "invalid",
    "leads_only",
    "no_human",
    "no_pictures",
    "no_session",
    "not_asked",
    "not_found",
    "not_recorded",
    "not_yours",
    "picture_too_large",
    "picture_type",
    "rate_limited",
    "read_only",
    "regression",
    "taken",
    "too_large",
    "too_late",
    "too_long",
    "too_many",
    "too_many_pages",
]
CODES = frozenset(get_args(Code))


class AssistantError(Exception):
    """Whatever this project raises on purpose derives from this."""


class Refused(AssistantError):
    """A request that is not done.

    `code` is for programs, `str()` is said to the customer or agent, unless `quiet`: then they have
    heard it already. `wait` is the seconds after which it is worth trying again, 0 if never; `more`
    is what else the answer tells the program.
    """

    def __init__(
        self,
        code: Code,
        sentence: str,
        status: int = 400,
        wait: float = 0,
        quiet: bool = False,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.wait = wait
        self.quiet = quiet
        self.more = more or {}
