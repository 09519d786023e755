"""Packages that Rasa imports at every start and that answering never uses are imported when used.

Channels that are not open, stores and brokers that are not chosen, what only training, reports and
a terminal need: half of a start, and 100 MiB. Whoever does use one gets the real thing at that
moment.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.resources import files
from types import ModuleType
from typing import Any

# Rasa's channels by module; each is asked for its name at every start.
CHANNELS = {
    f"rasa.core.channels.{name}": name
    for name in (
        *("botframework", "facebook", "hangouts", "mattermost", "rocketchat", "slack"),
        *("socketio", "telegram", "twilio", "twilio_voice", "webexteams"),
    )
}
PACKAGES = (
    *CHANNELS,
    # training and reports
    *("sklearn", "scipy", "dask", "matplotlib"),
    # other stores, brokers, timers
    *("boto3", "pymongo", "aio_pika", "aiormq", "rasa.core.brokers.pika", "apscheduler"),
    # a terminal
    *("questionary", "prompt_toolkit", "rich"),
    # of spaCy all but its matcher
    *("spacy.cli", "spacy.language", "spacy.pipeline", "spacy.schemas", "spacy.training"),
    *("langcodes", "packaging.requirements", "srsly._yaml_api", "thinc.layers"),
    *("requests", "pkg_resources", "portalocker.redis", "randomname"),
)


class _Name:
    """A name in a package that is not imported yet: to call it or derive from it imports it."""

    def __init__(self, module: str, name: str) -> None:
        self.__dict__.update(_module=module, _name=name)

    def _real(self) -> Any:
        module = _import(self._module)
        if not hasattr(module, self._name):  # from package import module
            import_module(f"{self._module}.{self._name}")
        return getattr(module, self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self._real()(*given, **named)

    def __getitem__(self, item: Any) -> Any:
        return self._real()[item]

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, self._real())


class _Channel(_Name):
    """A channel's class; to ask for its name does not open it."""

    def name(self) -> str:
        return CHANNELS[self._module]


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        # What is caught must be a class.
        if name == "__version__" or name.endswith(("Error", "Exception", "Failure")):
            return getattr(_import(self.__name__), name)
        if name.startswith("__"):
            raise AttributeError(name)
        if (self.__name__, name) == ("pkg_resources", "resource_filename"):
            return _resource_filename
        return (_Channel if self.__name__ in CHANNELS else _Name)(self.__name__, name)


def _resource_filename(package: str, name: str) -> str:
    """Return where a package's file is: all that Rasa asks of pkg_resources at a start."""
    return str(files(package) / name)


class _Finder(MetaPathFinder, Loader):
    def __init__(self) -> None:
        self.packages = set(PACKAGES)
        self.rests = 0  # while a package is imported for good, and all that it needs

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if self.rests or not self.defers(name):
            return None
        return ModuleSpec(name, self, is_package=True)

    def defers(self, name: str) -> bool:
        """Tell whether a module belongs to a package that is not imported yet."""
        parts = name.split(".")
        return any(".".join(parts[:size]) in self.packages for size in range(1, len(parts) + 1))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_finder = _Finder()


def _import(name: str) -> ModuleType:
    if not _finder.defers(name):
        return import_module(name)
    for known, module in list(sys.modules.items()):
        if isinstance(module, _Module):
            del sys.modules[known]
    _finder.rests += 1
    try:
        if name.startswith("spacy."):
            import_module("spacy.pipeline")  # before its neighbours: each needs the others
        return import_module(name)
    finally:
        _finder.packages -= sys.modules.keys()
        _finder.rests -= 1


def install() -> None:
    """Defer the packages that this process has not imported."""
    _finder.packages -= sys.modules.keys()
    sys.meta_path.insert(0, _finder)
