"""Versions of the model, their trainings and releases; on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import time

import pytest

from desk import Agents, Database
from desk.versions import KEPT, LEASE, MOST_ATTEMPTS, Versions

INSTALLED = "the installed model"


@pytest.fixture
def versions(database: Database) -> Versions:
    return Versions(database)


def ready(versions: Versions) -> int:
    """Return a version that was trained."""
    number = versions.ask("li")
    assert number
    assert versions.claim(number, "a")
    assert versions.finish(number, "a", {"如何开发票": "invoice"}, {"regressions": []})
    return number


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr("desk.versions.time.time", lambda: now + seconds)


def test_one_version_is_trained_at_a_time_and_by_one_worker(versions: Versions) -> None:
    asked = []
    threads = [threading.Thread(target=lambda: asked.append(versions.ask("li"))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (number,) = [each for each in asked if each]
    assert versions.waiting() == number
    assert [versions.claim(number, worker) for worker in "ab"] == [True, False]
    assert versions.waiting() is None
    assert not versions.renew(number, "b")
    assert versions.renew(number, "a")
    versions.note_stage(number, "b", "nobody's")
    versions.note_stage(number, "a", "comparing")
    found = versions.get(number)
    assert found
    assert (found.status, found.stage, found.attempts) == ("training", "comparing", 1)


def test_training_whose_process_died_is_taken_up_again_and_not_for_ever(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = versions.ask("li")
    assert number
    for attempt in range(MOST_ATTEMPTS):
        later(monkeypatch, attempt * 2 * LEASE)
        assert versions.waiting() == number
        assert versions.claim(number, f"worker {attempt}")
    assert not versions.finish(number, "worker 0", {}, {}), "it lost the lease"
    later(monkeypatch, MOST_ATTEMPTS * 2 * LEASE)
    assert not versions.claim(number, "one more")
    found = versions.get(number)
    assert found
    assert (found.status, found.reason) == ("failed", "died")
    assert versions.ask("li"), "the next one may begin"


def test_interrupted_training_goes_on_as_if_it_had_not_begun(versions: Versions) -> None:
    number = versions.ask("li")
    assert number
    for worker in ("a", "b", "c", "d", "e"):
        assert versions.claim(number, worker)
        versions.give_back(number, worker, counts=False)
    assert versions.claim(number, "f")
    versions.give_back(number, "f", counts=True)
    found = versions.get(number)
    assert found
    assert (found.status, found.attempts) == ("queued", 1)


def test_cancelled_training_tells_its_process_and_makes_no_version(versions: Versions) -> None:
    number = versions.ask("li")
    assert number
    versions.claim(number, "a")
    assert versions.cancel(number, "wang")
    assert not versions.renew(number, "a")
    assert not versions.finish(number, "a", {}, {})
    assert not versions.publish(number, INSTALLED, "li")
    assert not versions.cancel(number, "wang"), "it is over"


def test_release_holds_for_the_model_it_was_made_over_and_the_audit_says_who(
    versions: Versions, database: Database
) -> None:
    number = ready(versions)
    assert versions.live(INSTALLED) is None
    assert versions.publish(number, INSTALLED, "li", before=None)
    assert versions.live(INSTALLED) == number
    assert versions.live("another installation") is None
    assert not versions.publish(None, INSTALLED, "wang", before=None), "it is not what they saw"
    assert versions.publish(None, INSTALLED, "wang", "不好用", before=number)
    assert versions.live(INSTALLED) is None
    back, first = versions.releases(INSTALLED)
    assert (back.version, back.reason, first.version) == (None, "不好用", number)
    said = [(each.login, each.action, each.detail) for each in Agents(database).audit_log()]
    assert said == [
        ("wang", "publish version", "0: 不好用"),
        ("li", "publish version", str(number)),
        ("li", "train version", str(number)),
    ]


def test_ten_versions_are_kept_and_the_one_that_answers(versions: Versions) -> None:
    numbers = [ready(versions) for _ in range(KEPT + 3)]
    gone = versions.forget({numbers[0]})
    assert gone == numbers[1:3]
    assert versions.forget({numbers[0]}) == gone, "whose files a dead process may have left"
    assert not versions.publish(numbers[1], INSTALLED, "li")
    assert versions.publish(numbers[0], INSTALLED, "li")
    assert [each.status for each in versions.last()].count("ready") == KEPT + 1
