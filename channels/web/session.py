"""Who a visitor of the page is: by our signed cookie, or by the embedding app's word."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

import jwt

from infra import settings
from infra.errors import AssistantError
from infra.text import clean

COOKIE = "ok_session"
SESSION_DAYS = 30
YOUNG = 24 * 3600  # seconds for which a cookie is not renewed
LEEWAY = 60  # seconds by which the app's clock may be ahead of ours
SHORTEST_KEY = 32  # characters of an HS256 key
ALGORITHMS = ("HS256", "RS256", "ES256")


class BadIdentity(AssistantError):
    """The app's token is not valid: wrong signature, expired, or no usable `sub`."""


@dataclass(frozen=True)
class Session:
    """One visitor's conversation. `token` is what the cookie holds; `old`: set it anew."""

    sender_id: str
    token: str
    old: bool = False


class Sessions:
    """Makes and checks sessions.

    Args:
        secret: signs our cookies.
        identity_key: checks the app's tokens; HS256's shared key or a PEM public key. None: no app
            has a say.
        identity_algorithm: one of `ALGORITHMS`.

    Raises:
        ValueError: an unknown algorithm, or a key too short for it.
    """

    def __init__(
        self, secret: bytes, identity_key: str | None = None, identity_algorithm: str = "HS256"
    ) -> None:
        if identity_algorithm not in ALGORITHMS:
            raise ValueError(f"credentials.yml: identity_algorithm: one of {', '.join(ALGORITHMS)}")
        if identity_key and identity_algorithm == "HS256" and len(identity_key) < SHORTEST_KEY:
            raise ValueError(f"IDENTITY_KEY must have at least {SHORTEST_KEY} characters.")
        self._secret = secret
        self._identity_key = identity_key
        self._algorithm = identity_algorithm

    def open(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie; None when it is missing, forged or expired."""
        if not cookie:
            return None
        try:
            claims = jwt.decode(
                cookie, self._secret, ["HS256"], options={"require": ["exp", "sub"]}
            )
        except (jwt.InvalidTokenError, ValueError):  # ValueError: bytes that are no UTF-8
            return None
        left = int(claims["exp"]) - time.time()
        return Session(f"web-{claims['sub']}", cookie, left < SESSION_DAYS * 24 * 3600 - YOUNG)

    def renew(self, session: Session) -> Session:
        """Return the same session with a new expiry."""
        return self._session(session.sender_id.removeprefix("web-"))

    def alias(self, session: Session) -> str:
        """Return an opaque id by which a page can tell conversations apart."""
        said = f"alias\n{session.sender_id}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:24]

    def start(self) -> Session:
        """Return a new anonymous session."""
        return self._session("a" + secrets.token_urlsafe(18))

    def identify(self, token: str) -> tuple[Session, dict[str, Any]]:
        """Return the session of the app's user, always the same conversation, and the claims.

        Args:
            token: a JWT with `sub` (the app's id of its user, not blank) and `exp`; `iat` and `nbf`
                may be up to `LEEWAY` ahead.

        Raises:
            BadIdentity: it is not valid, or no key is set.
        """
        if not self._identity_key:
            raise BadIdentity("no identity key is set")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._identity_key,
                [self._algorithm],
                leeway=LEEWAY,
                options={"require": ["exp", "sub"], "verify_aud": False},
            )
            user = str(claims["sub"])
            # A surrogate that stands alone is no text: it raises a ValueError.
            known = hashlib.sha256(self._secret + user.encode()).hexdigest()
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError) as error:
            raise BadIdentity(type(error).__name__) from error
        if int(claims["exp"]) <= time.time():  # the leeway is not meant for the end
            raise BadIdentity("ExpiredSignatureError")
        if not clean(user):  # all users without an id would share one conversation
            raise BadIdentity("blank sub")
        # The app's own id stays with the app; a hash is enough to find the conversation again.
        return self._session("u" + known[:32]), claims

    def _session(self, subject: str) -> Session:
        expires = int(time.time()) + SESSION_DAYS * 24 * 3600
        token = jwt.encode({"sub": subject, "exp": expires}, self._secret, algorithm="HS256")
        return Session(f"web-{subject}", token)


def identity_key() -> str | None:
    """Return the environment's IDENTITY_KEY.

    Raises:
        SettingError: it is too short to be one.
    """
    known = settings.current().identity_key
    return known.get_secret_value() if known else None
