"""Stands where TensorFlow would: Rasa imports it at every start, and nothing here ever uses it.

It only serves Rasa's own neural classifiers and policies. Without it an installation is half as
large, a start takes half as long, and a process needs a third of the memory. `make` puts this file
into the virtual environment, where it is found when there is no TensorFlow; with the real one
(`make benchmark-nlu`) it does nothing. Whoever puts DIETClassifier or TEDPolicy into config.yml
adds tensorflow-cpu to pyproject.toml.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ABSENT = {"tensorflow", "tensorflow_addons", "keras"}


class _Absent(ABCMeta):
    """The type of every name in the absent packages: enough to be a base class or an annotation."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)

    def __call__(cls, *given: Any, **named: Any) -> Any:
        if cls.__module__ != __name__:  # a class of Rasa's, derived from an absent one
            raise RuntimeError(f"{cls.__name__} needs TensorFlow, which is not installed")
        # As a decorator it leaves the function as it is.
        return given[0] if len(given) == 1 and callable(given[0]) and not named else cls

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __len__(cls) -> int:
        return 0  # thinc counts TensorFlow's GPUs

    def __bool__(cls) -> bool:
        return True


def _absent(name: str) -> Any:
    return _Absent(name, (), {"__module__": __name__})


class _Package(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in ABSENT:
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__version__"] = "absent"


if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
    sys.meta_path.append(_Finder())  # last: real packages are found before
