"""Pipeline components of our own: how a customer's Chinese becomes an intent and entities."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def files_hash(paths: Iterable[Path]) -> str:
    """Return a hash of the files' contents, for a component's `fingerprint_addon`.

    Rasa reuses a trained component from its cache while its configuration, its input and its class
    are the same; what else it depends on, a data file or another module, has to be told.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
