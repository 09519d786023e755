"""Who the app says its user is, when clocks differ and ids are odd."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from channels.web.session import BadIdentity, Sessions
from tests.conftest import IDENTITY_KEY, SECRET

SESSIONS = Sessions(SECRET.encode(), IDENTITY_KEY)


def token(**claims: Any) -> str:
    made = {"sub": "u", "exp": time.time() + 600, **claims}
    return jwt.encode(made, IDENTITY_KEY, algorithm="HS256")


@pytest.mark.parametrize("sub", ["", " ", "\n\t", "\u3000", "\u200b\u2060", "\ud800", "\ud800x"])
def test_users_without_an_id_share_no_conversation(sub: str) -> None:
    with pytest.raises(BadIdentity):
        SESSIONS.identify(token(sub=sub))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_user_of_an_app_whose_clock_is_ahead_comes_in(claim: str) -> None:
    ahead, _ = SESSIONS.identify(token(**{claim: time.time() + 50}))
    known, claims = SESSIONS.identify(token())
    assert (ahead.sender_id, "sub" in claims) == (known.sender_id, True)
    with pytest.raises(BadIdentity):
        SESSIONS.identify(token(**{claim: time.time() + 90}))


def test_a_token_is_over_when_it_says_so() -> None:
    with pytest.raises(BadIdentity):
        SESSIONS.identify(token(exp=time.time() - 2))


@pytest.mark.parametrize("broken", ["", "\udcff.y.z", "我.你.他", "x.y", "cut"])
def test_a_broken_token_lets_nobody_in(broken: str) -> None:
    broken = token()[:-5] if broken == "cut" else broken
    with pytest.raises(BadIdentity):
        SESSIONS.identify(broken)
    assert SESSIONS.open(broken) is None
