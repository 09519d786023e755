"""Lets Rasa 3.6.21 and its SDK run on today's Python and libraries.

Rasa was written for libraries that get no fixes any more. What it expects of them and no longer
finds stands here, one function for each place in Rasa, which runs when that module of Rasa's is
imported. `make` puts this file into the virtual environment, so that plain `rasa` works, too.
tests/runtime/test_rasa_shims.py tells when one is no longer needed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import IO, Any

import rasa_absent  # noqa: F401  # what Rasa imports and nobody needs

BEFORE: dict[str, Callable[[], None]] = {}
AFTER: dict[str, Callable[[Any], None]] = {}


def before(*names: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Run a function before these modules are imported."""

    def register(mend: Callable[[], None]) -> Callable[[], None]:
        BEFORE.update(dict.fromkeys(names, mend))
        return mend

    return register


def after(name: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Run a function with this module when it has been imported."""

    def register(mend: Callable[[Any], None]) -> Callable[[Any], None]:
        AFTER[name] = mend
        return mend

    return register


# ---- packaging, NumPy


@before("rasa.shared.utils.validation")
def legacy_version() -> None:
    """Validation.py asks whether a version is a LegacyVersion; packaging 22 made none any more."""
    from packaging import version

    if not hasattr(version, "LegacyVersion"):
        version.LegacyVersion = type("LegacyVersion", (), {})  # type: ignore[attr-defined]


@before("rasa.utils.common")
def visible_deprecation_warning() -> None:
    """utils/common.py filters a warning that NumPy 2 keeps elsewhere."""
    import numpy

    if not hasattr(numpy, "VisibleDeprecationWarning"):
        numpy.VisibleDeprecationWarning = (  # type: ignore[attr-defined]
            numpy.exceptions.VisibleDeprecationWarning
        )


# ---- SQLAlchemy


@before("rasa.core.tracker_store", "rasa.core.brokers.sql", "rasa.engine.caching")
def declarative_base() -> None:
    """They call `declarative_base` where SQLAlchemy 1.4 had it; there 2 warns at each start."""
    import sqlalchemy.ext.declarative
    import sqlalchemy.orm

    sqlalchemy.ext.declarative.declarative_base = sqlalchemy.orm.declarative_base


@after("rasa.core.tracker_store")
def connection_url(module: Any) -> None:
    """Its SQL store and the SQL event broker build a URL without a query, which 2 wants."""
    from sqlalchemy.engine import URL

    own = module.SQLTrackerStore.get_db_url

    def get_db_url(*given: Any, **named: Any) -> Any:
        url = own(*given, **named)
        return URL.create(*url[:-1], url[-1] or {}) if isinstance(url, URL) else url

    module.SQLTrackerStore.get_db_url = staticmethod(get_db_url)


# ---- dask


@after("rasa.engine.runner.dask")
def graph_runner(module: Any) -> None:
    """Rasa's graph is a dict of tuples, which dask read until 2024.11; it is run here instead."""
    module.dask = SimpleNamespace(get=run_graph)


def run_graph(graph: dict[str, Any], targets: Sequence[str]) -> list[Any]:
    """Return the targets' results.

    Args:
        graph: for each name a tuple of a function and the names of what it is called with, or a
            result.
        targets: names in the graph.
    """
    results: dict[str, Any] = {}

    def result(name: Any) -> Any:
        if not isinstance(name, str) or name not in graph:
            return name
        if name not in results:
            function, *needs = graph[name]
            known = not callable(function)
            results[name] = graph[name] if known else function(*map(result, needs))
        return results[name]

    return [result(target) for target in targets]


# ---- Sanic


@before("rasa.core.run", "rasa_sdk.endpoint")
def one_process() -> None:
    """Both call `app.run`, which since Sanic 22.9 starts processes that would import the app anew.

    One process, as until then, and no banner. Several workers are several servers, which
    deploy/cluster.py and the containers start.
    """
    from sanic import Sanic

    if getattr(Sanic.run, "of_rasa_shims", False):
        return
    own = Sanic.run

    def run(self: Any, *args: Any, **named: Any) -> None:
        if (named.get("workers") or 1) > 1:
            raise RuntimeError(
                "SANIC_WORKERS: one only; several are several servers (docs/deployment.md)"
            )
        own(self, *args, **{"single_process": True, "motd": False} | named)

    run.of_rasa_shims = True  # type: ignore[attr-defined]
    Sanic.run = run


@after("rasa.core.run")
def listeners(module: Any) -> None:
    """Its listeners want the loop besides the app, which Sanic 26.6 no longer gives."""
    load, close = module.load_agent_on_start, module.close_resources

    async def load_agent_on_start(model: Any, endpoints: Any, remote: Any, app: Any) -> Any:
        return await load(model, endpoints, remote, app, asyncio.get_running_loop())

    async def close_resources(app: Any) -> None:
        await close(app, asyncio.get_running_loop())

    module.load_agent_on_start, module.close_resources = load_agent_on_start, close_resources


@after("rasa.core.channels.rest")
def response_stream(module: Any) -> None:
    """`rasa shell` talks through `response.stream`, which Sanic 23.12 dropped."""
    from sanic import response

    def stream(function: Any, content_type: str = "text/plain; charset=utf-8") -> Any:
        return response.ResponseStream(function, content_type=content_type)

    module.response = SimpleNamespace(**{**vars(response), "stream": stream})


# ---- scikit-learn


@after("rasa.nlu.test")
def empty_report(module: Any) -> None:
    """`rasa test` asks for figures of no entities at all, which scikit-learn now refuses."""
    import numpy

    own = module._calculate_report

    def _calculate_report(
        out: Any, targets: Any, predictions: Any, *more: Any, **named: Any
    ) -> Any:
        if len(targets):
            return own(out, targets, predictions, *more, **named)
        return {}, 0.0, 0.0, 0.0, numpy.zeros((0, 0), int), []

    module._calculate_report = _calculate_report


# ---- TensorFlow and other packages that are not installed

NEURAL = {"DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy"}


@after("rasa.engine.validation")
def packages_of_components(module: Any) -> None:
    """Its neural components do not say what they need, and what is missing is told in 75 lines.

    Rasa's command line shows an exception of Rasa's own kind in one line.
    """
    from rasa.shared.exceptions import RasaException

    class PackageNotInstalled(RasaException):
        pass

    def _validate_required_packages(node: Any) -> None:
        neural = any(kind.__name__ in NEURAL for kind in node.uses.__mro__)
        needed = ["tensorflow", "tensorflow_addons"] if neural else []
        needed += node.uses.required_packages()
        if missing := [each for each in needed if PathFinder.find_spec(each) is None]:
            name, packages = node.uses.__name__, ", ".join(missing).replace("_", "-")
            raise PackageNotInstalled(
                f"{name} 需要没有安装的 {packages}，怎么装见 docs/dependencies.md / "
                f"{name} needs {packages}, not installed: docs/dependencies.md tells how"
            )

    module._validate_required_packages = _validate_required_packages


# ---- sentry-sdk, setuptools


@after("rasa.telemetry")
def error_reporting(module: Any) -> None:
    """It calls sentry with an option that sentry 2 lacks; nothing is to be reported to Rasa."""
    module.initialize_error_reporting = lambda: None


class PkgResources(ModuleType):
    """The three functions of setuptools' pkg_resources that Rasa and jieba call.

    Setuptools 82 dropped it. In Rasa: shared/utils/validation.py, engine/recipes/default_recipe.py,
    engine/training/fingerprinting.py, telemetry.py, cli/scaffold.py, visualization.py.
    """

    get_distribution = staticmethod(distribution)

    @staticmethod
    def resource_filename(package: str, name: str) -> str:
        """Return where a package's file is."""
        return str(Path(import_module(package).__file__ or "").parent.joinpath(*name.split("/")))

    @classmethod
    def resource_stream(cls, package: str, name: str) -> IO[bytes]:
        """Open a package's file."""
        return open(cls.resource_filename(package, name), "rb")


# ---- when it is done


class _PkgResourcesLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return PkgResources(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Mended(Loader):
    """A module's loader, and what is done before and after."""

    def __init__(self, name: str, loader: Any) -> None:
        self._name, self._loader = name, loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if self._name in BEFORE:
            BEFORE[self._name]()
        self._loader.exec_module(module)
        if self._name in AFTER:
            AFTER[self._name](module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # source, for inspect and runpy


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pkg_resources" and PathFinder.find_spec(name) is None:
            return ModuleSpec(name, _PkgResourcesLoader())
        if name not in BEFORE and name not in AFTER:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _Mended(name, spec.loader)
        return spec


sys.meta_path.insert(0, _Finder())
