"""Packages that Rasa imports at every start and that answering never uses are imported when used.

scikit-learn serves training and tests, boto3 stores at Amazon, questionary the command line's
questions, matplotlib reports, spacy.cli spaCy's own commands: a ninth of each start, and 50 MiB.
Whoever does use one gets the real thing at that moment. (Not pymongo: Rasa catches its exceptions,
and what is caught must be a class.)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PACKAGES = ("sklearn", "boto3", "questionary", "matplotlib", "spacy.cli")


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


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(self.__name__, name)


class _Finder(MetaPathFinder, Loader):
    def __init__(self) -> None:
        self.packages = set(PACKAGES)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if self.package_of(name) else None

    def package_of(self, name: str) -> str | None:
        """Return the package, not imported yet, that a module belongs to."""
        return next((each for each in self.packages if f"{name}.".startswith(f"{each}.")), None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_finder = _Finder()


def _import(name: str) -> ModuleType:
    package = _finder.package_of(name)
    if package is not None:
        _finder.packages.discard(package)
        for known in [each for each in sys.modules if f"{each}.".startswith(f"{package}.")]:
            del sys.modules[known]
    return import_module(name)


def install() -> None:
    """Defer the packages that this process has not imported."""
    _finder.packages -= {package for package in PACKAGES if package in sys.modules}
    sys.meta_path.insert(0, _finder)
