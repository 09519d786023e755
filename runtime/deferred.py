"""What Rasa imports at every start and answering never uses is imported when it is used.

Rasa 3.6.21 changes no more, so it is known which of its modules need a package only for what they
do later: for training, reports, a terminal. They, and nobody else, get a name that imports the
real thing when it is called or looked into; in annotations it stands for itself. Of spaCy all but
its matcher waits. Libraries with optional packages are run without those that nothing here uses.
What it saves: docs/performance.md.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Modules of Rasa's, and the packages that wait there. None of them catches or derives from a name
# of such a package; they only call it, look into it, or annotate with it. Such a package may be
# missing, as in the container: what needs it then says so.
LATER: dict[str, tuple[str, ...]] = {
    "rasa.cli.utils": ("randomname",),
    "rasa.core.channels.console": ("questionary", "prompt_toolkit"),
    "rasa.core.featurizers.single_state_featurizer": ("scipy",),
    "rasa.core.jobs": ("apscheduler",),
    "rasa.model_training": ("randomname",),
    "rasa.nlu.classifiers.diet_classifier": ("scipy",),
    "rasa.nlu.featurizers.sparse_featurizer.regex_featurizer": ("scipy",),
    "rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer": ("scipy",),
    "rasa.shared.nlu.training_data.features": ("scipy",),
    "rasa.shared.nlu.training_data.util": ("scipy",),
    "rasa.utils.log_utils": ("structlog_sentry",),
    "rasa.utils.plotting": ("matplotlib",),
    "rasa.utils.tensorflow.data_generator": ("scipy",),
    "rasa.utils.tensorflow.feature_array": ("scipy",),
    "rasa.utils.tensorflow.model_data": ("scipy", "sklearn"),
    "rasa.utils.tensorflow.model_data_utils": ("scipy",),
}
# Modules that do without a package where it is not installed, and what this assistant does not use
# of them: locks in Redis, conversion of pydantic 1's models, tracebacks with variables' values.
WITHOUT: dict[str, tuple[str, ...]] = {
    "confection.validation": ("pydantic.v1",),
    "portalocker.redis": ("redis",),
    "structlog.dev": ("rich",),
    "structlog.tracebacks": ("rich",),
}
# What nlu/ uses of spaCy; tokens come first, as in spaCy's own order: they are a circle.
SPACY_ALONE = ("spacy.tokens", "spacy.vocab", "spacy.matcher", "spacy.lang.lex_attrs")

_running: set[str] = set()  # modules of Rasa that are being imported


class Later:
    """A name that is imported when it is called or looked into.

    Args:
        user: the module of Rasa's that has it.
        module: what to import.
        path: the way to it from there, or from the package's own name.
    """

    def __init__(self, user: str, module: str, *path: str) -> None:
        self._user, self._module, self._path = user, module, path

    def _real(self) -> Any:
        import_module(self._module)
        found: Any = sys.modules[self._path[0]]
        for name in self._path[1:]:
            found = getattr(found, name)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._user in _running:  # in an annotation, or `from package import name`
            return Later(self._user, self._module, *self._path, name)
        return getattr(self._real(), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call the real thing."""
        return self._real()(*given, **named)


class SentryProcessor:
    """Passes log records on to Sentry's own processor once somebody uses Sentry."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def __call__(self, logger: Any, name: str, event: Any) -> Any:
        """Return the record, reported where Sentry is used."""
        if "sentry_sdk" not in sys.modules:
            event.pop("sentry_skip", None)
            return event
        processor = import_module("structlog_sentry").SentryProcessor(**self._options)
        return processor(logger, name, event)


class _Deferring(Loader):
    """Runs a module of Rasa's with an `import` of its own."""

    def __init__(self, loader: Any, packages: Sequence[str]) -> None:
        self._loader, self._packages = loader, packages

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        user = module.__name__

        def imported(
            name: str,
            globals: Mapping[str, object] | None = None,
            locals: Mapping[str, object] | None = None,
            fromlist: Sequence[str] = (),
            level: int = 0,
        ) -> Any:
            package = name.partition(".")[0]
            if user not in _running or package not in self._packages or package in sys.modules:
                return builtins.__import__(name, globals, locals, fromlist, level)
            return Later(user, name, name if fromlist else package)

        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": imported}
        _running.add(user)
        try:
            self._loader.exec_module(module)
        finally:
            _running.discard(user)
        if user == "rasa.utils.log_utils":  # which makes one at every start
            module.__dict__["SentryProcessor"] = SentryProcessor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # source, for inspect


class _DoingWithout(Loader):
    """Runs a module to which some packages are not installed."""

    def __init__(self, loader: Any, packages: Sequence[str]) -> None:
        self._loader, self._packages = loader, packages

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        def imported(name: str, *options: Any, **named: Any) -> Any:
            if any(f"{name}.".startswith(f"{package}.") for package in self._packages):
                raise ModuleNotFoundError(f"{module.__name__} does without {name}", name=name)
            return builtins.__import__(name, *options, **named)

        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": imported}
        self._loader.exec_module(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Spacy(ModuleType):
    """spaCy with its matcher alone, until something else is asked of it; then all of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if isinstance(self.__loader__, _SpacyLoader):
            if self.__loader__.incomplete and find_spec(f"{self.__name__}.{name}"):
                return import_module(f"{self.__name__}.{name}")
            self.__loader__.complete(self)
        return getattr(self, name)


class _SpacyLoader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self.incomplete = True  # the matcher is being imported

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Spacy(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        for name in SPACY_ALONE:
            import_module(name)
        self.incomplete = False

    def complete(self, module: ModuleType) -> None:
        """Run the package's own file, which imports everything in its own order."""
        module.__class__ = ModuleType
        module.__loader__ = self._loader
        self._loader.exec_module(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _There(Loader):
    """Finds a module that was imported in between."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.startswith("spacy."):
            spacy = sys.modules.get("spacy")
            if isinstance(spacy, _Spacy) and not spacy.__loader__.incomplete:  # type: ignore[union-attr]
                spacy.__loader__.complete(spacy)  # type: ignore[union-attr]
                if name in sys.modules:
                    return ModuleSpec(name, _There(sys.modules[name]))
            return None
        if name not in LATER and name not in WITHOUT and name != "spacy":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        if name in LATER:
            spec.loader = _Deferring(spec.loader, LATER[name])
        elif name in WITHOUT:
            spec.loader = _DoingWithout(spec.loader, WITHOUT[name])
        else:
            spec.loader = _SpacyLoader(spec.loader)
        return spec


def install() -> None:
    """Defer what this process has not imported."""
    sys.meta_path.insert(0, _Finder())
