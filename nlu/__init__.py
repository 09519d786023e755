"""Pipeline components of our own: how a customer's Chinese becomes an intent and entities."""

import hashlib
import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path

import jieba

# jieba announces its dictionary on stderr; and keeps its cache in the shared temporary folder
# under a fixed name, where another user's (or another version's) file would be loaded.
jieba.setLogLevel(logging.WARNING)
_cache = Path(__file__).resolve().parent.parent / ".cache"
try:
    _cache.mkdir(exist_ok=True)
    jieba.dt.tmp_dir = str(_cache)
except OSError:  # read-only installation: a folder of this process
    jieba.dt.tmp_dir = tempfile.mkdtemp(prefix="jieba-")


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
