"""Originals of pictures, kept for some days where ORIGINALS_DAYS says so; else only covered ones.

Sealed with a public key (HPKE, RFC 9180): no server holds what opens them. Who has the private key,
and a lead's password, opens a ticket's at the terminal, and the audit log says so.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from desk.pictures import PictureStore
from infra import settings
from infra.errors import AssistantError

DAY = 24 * 3600.0
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class WrongKey(AssistantError):
    """A file holds no private key, or not the one for what it should open."""


@dataclass(frozen=True)
class Seal:
    """Seals pictures so that only the private key opens them."""

    key: X25519PublicKey

    def keep(self, pictures: PictureStore, conversation_id: str, picture_id: str) -> None:
        """Seal a picture that is not read yet, before it is covered."""
        source = pictures.find_unread(conversation_id, picture_id)
        if source is not None:
            about = _about(conversation_id, picture_id)
            sealed = _SUITE.encrypt(source.read_bytes(), self.key, about)
            pictures.keep_original(conversation_id, picture_id, sealed)


def seal() -> Seal | None:
    """Return what seals originals; None where they are not kept."""
    known = settings.current()
    if not known.originals_days or known.originals_key is None:
        return None
    raw = base64.b64decode(known.originals_key)
    return Seal(X25519PublicKey.from_public_bytes(raw))


def kept_since(now: float) -> float:
    """Return the moment before which originals go; both in seconds since 1970.

    Where none are kept any more, all of them.
    """
    return now - settings.current().originals_days * DAY


def make_key(file: Path) -> str:
    """Write a new private key into a file that is not there yet; return the public one.

    Raises:
        FileExistsError: the file is there.
    """
    private = X25519PrivateKey.generate()
    written = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(written)
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def opened(
    pictures: PictureStore, conversation_id: str, picture_ids: list[str], key: Path
) -> Iterator[tuple[str, bytes]]:
    """Yield the originals that are there, each with its picture's id.

    Raises:
        OSError: the key's file cannot be read.
        WrongKey: see there.
    """
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, X25519PrivateKey):
        raise WrongKey(f"{key}：不是打开原图的私钥 / no private key for originals")
    for picture_id in picture_ids:
        path = pictures.find_original(conversation_id, picture_id)
        if path is None:
            continue
        about = _about(conversation_id, picture_id)
        try:
            yield picture_id, _SUITE.decrypt(path.read_bytes(), private, about)
        except InvalidTag:
            raise WrongKey(f"{key}：打不开，是另一把钥匙 / another key") from None


def _about(conversation_id: str, picture_id: str) -> bytes:
    """Return what a sealed picture is bound to: put in another's place it does not open."""
    return f"original of {picture_id} in {conversation_id}".encode()
