"""Stands where packages would that Rasa imports at every start and this assistant never uses.

TensorFlow and dask, the channels that stay closed, other stores and brokers: an installation is a
third as large without them, a start takes half as long, and none of them needs fixes. `make` puts
this file into the virtual environment, behind the real packages: one that is installed is used.

A name of such a package can be imported, derived from, annotated with and caught. Whoever uses it
otherwise is told what to install.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType
from typing import Any, NoReturn

# What is imported, and the distribution that brings it.
ABSENT = {
    # DIETClassifier, TEDPolicy, ResponseSelector, UnexpecTEDIntentPolicy
    **dict.fromkeys(("tensorflow", "keras"), "tensorflow"),
    "tensorflow_addons": "tensorflow-addons",
    # Rasa's graph runner, which runtime/rasa_shims.py does without
    "dask": "dask",
    # closed channels
    "aiogram": "aiogram",
    "cachecontrol": "cachecontrol",
    "fbmessenger": "fbmessenger",
    "google": "google-auth",
    "slack_sdk": "slack-sdk",
    "socketio": "python-socketio",
    "twilio": "twilio",
    "webexteamssdk": "webexteamssdk",
    # other tracker stores and event brokers
    **dict.fromkeys(("boto3", "botocore"), "boto3"),
    "pymongo": "pymongo",
    **dict.fromkeys(("aio_pika", "aiormq"), "aio-pika"),
}
EXCEPTIONS = ("Error", "Exception", "Failure")


class NotInstalledError(ImportError):
    """A package was used that is not installed; the text says which."""


def _refuse(path: str) -> NoReturn:
    package = ABSENT[path.partition(".")[0]]
    raise NotInstalledError(f"{path} needs the package {package}, which is not installed")


class _Absent(ABCMeta):
    """The type of every name in the absent packages."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls._path}.{name}")

    def __getitem__(cls, item: Any) -> Any:
        return cls  # of an annotation

    def __call__(cls, *given: Any, **named: Any) -> Any:
        # A decorator is called when what it decorates is imported; that then refuses instead.
        if _is_absent(cls) and len(given) == 1 and callable(given[0]) and not named:
            return _absent(f"{cls._path}({getattr(given[0], '__name__', '')})")
        _refuse(cls._path)

    def __bool__(cls) -> bool:
        return not _is_absent(cls) or _refuse(cls._path)

    def __len__(cls) -> int:
        _refuse(cls._path)

    def __iter__(cls) -> Any:
        _refuse(cls._path)

    def __contains__(cls, item: object) -> bool:
        _refuse(cls._path)

    def __enter__(cls) -> Any:
        _refuse(cls._path)

    def __exit__(cls, *problem: object) -> None:
        _refuse(cls._path)


def _is_absent(cls: type) -> bool:
    """Tell a stand-in from a class of Rasa's that is derived from one."""
    return "_path" in cls.__dict__


def _absent(path: str) -> Any:
    parent, _, name = path.rpartition(".")
    of_exceptions = parent.endswith((".exceptions", ".errors"))
    if of_exceptions and name.isupper():
        return ()  # several to catch
    catches = of_exceptions or name.endswith(EXCEPTIONS)
    return _Absent(name, (Exception,) if catches else (), {"_path": path})


class _Package(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    """Finds stand-ins for Rasa alone: to other libraries the packages are missing, as they are."""

    def __init__(self) -> None:
        self._made: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = name.partition(".")[0]
        if package not in ABSENT:
            while self._made:  # what is imported next must not find what Rasa found
                sys.modules.pop(self._made.pop(), None)
            return None
        if not _asked_by_rasa() or PathFinder.find_spec(package) is not None:
            return None
        self._made.append(name)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def _asked_by_rasa() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame and (
        frame.f_code.co_filename.startswith("<frozen importlib")
        or frame.f_globals.get("__name__") in {"importlib", "runtime.deferred"}
    ):
        frame = frame.f_back
    name = str(frame.f_globals.get("__name__")) if frame else ""
    return name.partition(".")[0] == "rasa"


sys.meta_path.insert(0, _Finder())
