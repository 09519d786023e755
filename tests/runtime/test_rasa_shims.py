"""Each shim is still needed, and does what Rasa expects; what stands for absent packages refuses.

Where a test of "still needed" fails, take the shim away and see whether Rasa works.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy
import packaging.version
import pytest
import rasa_absent
import rasa_shims
import sanic
import sanic.response
import sentry_sdk
from packaging.version import Version

from run import ROOT


def alone(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that has imported nothing."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)


def said(code: str, *options: str) -> str:
    """Return what that Python prints; it must not fail."""
    ran = alone(code, *options)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("name", ["rasa_shims", "rasa_absent"])
def test_environment_has_the_shims_of_the_repository(name: str) -> None:
    installed = Path(inspect.getsourcefile(sys.modules[name]) or "")
    assert installed.read_text("utf8") == (ROOT / "runtime" / f"{name}.py").read_text("utf8"), (
        "make setup"
    )


def test_plain_python_of_the_environment_runs_rasa_without_a_word() -> None:
    ran = alone("import rasa.__main__, rasa.core.run, rasa_sdk.endpoint", "-W", "error")
    assert (ran.returncode, ran.stderr) == (0, "")


# ---- legacy_version, visible_deprecation_warning


def test_packaging_has_no_legacy_version() -> None:
    assert said("import packaging.version as v; print(hasattr(v, 'LegacyVersion'))") == "False"
    assert Version(importlib.metadata.version("packaging")) >= Version("22")


def test_versions_of_training_data_are_checked() -> None:
    from rasa.shared.utils.validation import validate_training_data_format_version as check

    assert check({"version": "3.1"}, "nlu.yml")
    with pytest.warns(UserWarning, match="3.9"):
        assert not check({"version": "3.9"}, "nlu.yml")
    assert hasattr(packaging.version, "LegacyVersion")


def test_numpy_keeps_its_warning_elsewhere() -> None:
    assert said("import numpy; print(hasattr(numpy, 'VisibleDeprecationWarning'))") == "False"


def test_rasa_filters_numpys_warning() -> None:
    from rasa.utils.common import EXPECTED_WARNINGS

    assert numpy.exceptions.VisibleDeprecationWarning in {kind for kind, _ in EXPECTED_WARNINGS}


# ---- declarative_base


def test_sqlalchemy_warns_of_its_old_place() -> None:
    code = """
import warnings, sqlalchemy.ext.declarative as old
warnings.simplefilter("error")
try:
    old.declarative_base()
except DeprecationWarning as warning:
    print(type(warning).__name__)
"""
    assert said(code) == "MovedIn20Warning"


# ---- connection_url


def test_sqlalchemy_wants_a_query_of_its_urls() -> None:
    import sqlalchemy.engine

    with pytest.raises(AttributeError):
        sqlalchemy.create_engine(sqlalchemy.engine.URL("sqlite", None, None, None, None, "", None))  # type: ignore[arg-type]


def test_rasas_own_sql_store_keeps_a_conversation(tmp_path: Path) -> None:
    import asyncio

    from rasa.core.tracker_store import SQLTrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import UserUttered

    store = SQLTrackerStore(Domain.empty(), db=str(tmp_path / "rasa.db"))

    async def kept() -> list[str]:
        tracker = await store.get_or_create_tracker("one")
        tracker.update(UserUttered("hello"))
        await store.save(tracker)
        found = await store.retrieve("one")
        return [event.text for event in found.events if isinstance(event, UserUttered)]

    assert asyncio.run(kept()) == ["hello"]
    assert str(SQLTrackerStore.get_db_url("postgresql", "db", 5432, "rasa", "me")) == (
        "postgresql://me@db:5432/rasa"
    )
    assert SQLTrackerStore.get_db_url(host="sqlite://") == "sqlite://"
    store.engine.dispose()


# ---- graph_runner


def test_dask_is_not_installed_and_rasas_graphs_run_without() -> None:
    import rasa.engine.runner.dask as runner

    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("dask")
    assert runner.dask.get is rasa_shims.run_graph


def test_graph_runs_each_node_once_and_only_what_is_wanted() -> None:
    ran: list[str] = []

    def node(name: str) -> Any:
        def run(*needs: Any) -> tuple[str, Any]:
            ran.append(name)
            return name, [value for _, value in needs]

        return run

    graph = {
        "message": ("message", "hello"),
        "first": (node("first"), "message"),
        "second": (node("second"), "first", "message"),
        "third": (node("third"), "first", "second"),
        "unwanted": (node("unwanted"), "first"),
    }
    found = rasa_shims.run_graph(graph, ["third", "first"])
    assert ran == ["first", "second", "third"]
    assert found == [("third", [["hello"], [["hello"], "hello"]]), ("first", ["hello"])]


def test_failure_in_a_graph_is_rasas_own() -> None:
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.runner.dask import DaskGraphRunner

    def fails() -> None:
        raise RuntimeError

    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    schema = GraphSchema.from_dict(
        {
            "nodes": {
                "one": {
                    "needs": {},
                    "uses": "rasa.nlu.classifiers.fallback_classifier.FallbackClassifier",
                    "fn": "process",
                    "constructor_name": "create",
                    "config": {},
                    "eager": False,
                    "is_target": True,
                    "is_input": False,
                    "resource": None,
                }
            }
        }
    )
    runner.__dict__.update(
        _graph_schema=schema,
        _instantiated_nodes={"one": fails},
        _execution_context=ExecutionContext(schema),
    )
    with pytest.raises(GraphRunError):
        runner.run()


# ---- one_process, listeners, response_stream


def test_sanic_would_start_processes_of_its_own() -> None:
    code = """
import inspect, sanic
print(inspect.signature(sanic.Sanic.run).parameters["single_process"].default)
"""
    assert said(code) == "False"


def test_servers_run_in_their_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    import rasa_sdk.endpoint

    served: list[Any] = []
    monkeypatch.setattr(sanic.Sanic, "serve_single", lambda primary: served.append(primary))
    app = rasa_sdk.endpoint.Sanic("one")
    app.run(host="127.0.0.1", port=1, workers=1)
    assert served == [app]
    assert not app.config.MOTD
    with pytest.raises(RuntimeError, match="SANIC_WORKERS"):
        app.run(host="127.0.0.1", port=1, workers=2)


def test_sanic_still_complains_of_listeners_that_take_the_loop() -> None:
    assert "deprecat" in inspect.getsource(sanic.Sanic._listener)
    assert Version(sanic.__version__) < Version("26")


def test_rasas_listeners_take_the_app_alone() -> None:
    import rasa.core.run

    assert list(inspect.signature(rasa.core.run.close_resources).parameters) == ["app"]
    assert list(inspect.signature(rasa.core.run.load_agent_on_start).parameters)[3:] == ["app"]


def test_sanic_has_no_stream_and_the_rest_channel_has() -> None:
    from rasa.core.channels import rest

    assert not hasattr(sanic.response, "stream")
    answer = rest.response.stream(None, content_type="text/event-stream")
    assert isinstance(answer, sanic.response.ResponseStream)


# ---- empty_report


def test_scikit_learn_refuses_to_count_nothing() -> None:
    from sklearn.metrics import confusion_matrix

    with pytest.raises(ValueError, match="empty"):
        confusion_matrix([], [])


def test_rasas_report_of_nothing_is_empty() -> None:
    from rasa.nlu.test import _calculate_report

    report, precision, f1, accuracy, matrix, labels = _calculate_report(None, [], [], True, "none")
    assert (report, precision, f1, accuracy, matrix.size, labels) == ({}, 0, 0, 0, 0, [])
    found = _calculate_report(None, ["one", "two"], ["two", "one"], True)
    assert found[3] == 0
    assert found[4].tolist() == [[0, 1], [1, 0]]


# ---- error_reporting, PkgResources


def test_sentry_refuses_what_rasa_gives_it() -> None:
    with pytest.raises(TypeError, match="with_locals"):
        sentry_sdk.init(with_locals=False)


def test_errors_are_reported_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    import rasa.telemetry

    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "true")
    monkeypatch.setattr(sentry_sdk, "init", lambda *given, **named: pytest.fail("reported"))
    rasa.telemetry.initialize_error_reporting()


def test_setuptools_is_not_installed_and_rasa_finds_its_files() -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("setuptools")
    files = rasa_shims.PkgResources("pkg_resources")
    schema = files.resource_filename("rasa", "shared/utils/schemas/domain.yml")
    assert Path(schema).is_file()
    assert files.resource_stream("jieba._compat", "dict.txt").read(1)
    page = "rasa.shared.core.training_data.visualization", "/visualization.html"
    assert Path(files.resource_filename(*page)).is_file()
    assert files.get_distribution("scikit_learn").version == importlib.metadata.version(
        "scikit-learn"
    )


# ---- packages that are absent


@pytest.mark.parametrize("package", sorted(set(rasa_absent.ABSENT.values())))
def test_absent_package_is_absent(package: str) -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution(package)


def test_other_libraries_miss_what_rasa_may_import() -> None:
    code = """
import rasa.core.run, rasa.core.tracker_store, importlib, rasa_absent, json
for name in rasa_absent.ABSENT:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    raise SystemExit(name)
"""
    assert said(code) == ""


def stand_in(line: str) -> Any:
    """Return what Rasa gets by an import of such a name."""
    there: dict[str, Any] = {"__name__": "rasa.somewhere"}
    exec(f"{line} as found", there)
    return there["found"]


@pytest.mark.parametrize(
    "use",
    [
        "found()",
        "found(3)",
        "found(lambda: 3)()",
        "found.function(1, 2)",
        "bool(found)",
        "len(found)",
        "list(found)",
        "3 in found",
        "found + 1",
        "float(found)",
        "exec('with found: pass')",
        "type('Own', (found,), {})()",
    ],
)
def test_stand_in_refuses_to_be_used(use: str) -> None:
    found = stand_in("from tensorflow import Tensor")
    with pytest.raises((rasa_absent.NotInstalledError, TypeError)) as refused:
        eval(use, {"found": found})
    if refused.type is rasa_absent.NotInstalledError:
        assert "tensorflow, which is not installed" in str(refused.value)


def test_stand_in_is_derived_from_annotated_with_and_caught() -> None:
    found = stand_in("import tensorflow.keras.layers")

    class Own(found.keras.layers.Layer):  # type: ignore[misc]
        def call(self) -> found.Tensor:
            return 3

    assert Own.call(None) == 3
    assert not isinstance(3, found.Tensor)
    assert issubclass(found.errors.InvalidArgumentError, Exception)
    failures = stand_in("import aio_pika.exceptions").exceptions
    assert failures.CONNECTION_EXCEPTIONS == ()
    try:
        raise ValueError
    except (failures.AMQPConnectionError, failures.QueueEmpty):
        pytest.fail("not what was raised")
    except ValueError:
        pass


CHANNELS = {
    "telegram": {"access_token": "1:a", "verify": "b", "webhook_url": "c"},
    "slack": {"slack_token": "a"},
    "socketio": {},
    "twilio": {"account_sid": "a", "auth_token": "b", "twilio_number": "c"},
}


def test_closed_channels_have_their_names() -> None:
    from rasa.core.channels import BUILTIN_CHANNELS

    assert {*CHANNELS, "facebook", "webexteams", "hangouts", "rest"} <= set(BUILTIN_CHANNELS)


@pytest.mark.parametrize("kind", ["mongod", "dynamo"])
def test_store_that_is_not_installed_is_refused_by_name(kind: str) -> None:
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.utils.endpoints import EndpointConfig

    with pytest.raises(ImportError, match=r"pymongo|boto3"):
        TrackerStore.create(EndpointConfig(type=kind, url="x", region="y"), Domain.empty())


def test_neural_classifier_says_which_package_it_needs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rasa.nlu.classifiers.diet_classifier import DIET

    with pytest.raises(rasa_absent.NotInstalledError, match="tensorflow, which is not installed"):
        DIET({}, {}, False, {})
