"""What the environment sets: each variable documented, a wrong value refused by its name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import settings
from run import ROOT
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the machine's environment sets."""
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


LARGER = {"ENDPOINTS": "deploy/endpoints.yml", "CREDENTIALS": "deploy/credentials.yml"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hidden@host/name"),
        ("STATE_URL", "localhost:6379"),
        ("PICTURES", "/dev/null/pictures"),
        ("ACTIONS_URL", "actions:5055"),
        ("ASSISTANT_SECRET", "hidden"),
        ("IDENTITY_KEY", "hidden"),
        ("METRICS_TOKEN", "hidden"),
        ("LOG_FORMAT", "xml"),
        ("PORT", "0"),
        ("ACTIONS_PORT", "http"),
        ("CONTENT_DIR", "nowhere"),
        ("MODEL", "nowhere.tar.gz"),
        ("ENDPOINTS", "nowhere.yml"),
        ("CREDENTIALS", "nowhere.yml"),
    ],
)
def test_wrong_value_is_refused_by_its_name_and_shows_no_secret(name: str, value: str) -> None:
    with pytest.raises(settings.SettingError, match=f"^{name}") as refused:
        settings.check({name: value})
    assert "hidden" not in str(refused.value)


def test_defaults_are_right_for_both_installations() -> None:
    assert settings.check().port == 5005
    found = settings.check({**LARGER, "PORT": ""})
    assert found.database_url == "sqlite:///var/desk.db"
    path = ROOT / "deploy" / "endpoints.yml"
    assert settings.endpoint("desk", path) == f"sqlite:///{ROOT / 'var' / 'desk.db'}"
    assert settings.endpoint("state", path, {"STATE_URL": "redis://host"}) == "redis://host"


def test_several_workers_need_one_secret() -> None:
    several = {**LARGER, "STATE_URL": "redis://host"}
    with pytest.raises(settings.SettingError, match=r"^ASSISTANT_SECRET"):
        settings.check(several)
    assert settings.check({**several, "ASSISTANT_SECRET": SECRET})


@pytest.mark.parametrize("name", ["ENDPOINTS", "CREDENTIALS"])
@pytest.mark.parametrize(("before", "now"), settings.MOVED.items())
def test_file_of_an_older_installation_is_told_what_a_class_is_called_now(
    tmp_path: Path, name: str, before: str, now: str
) -> None:
    file = tmp_path / "older.yml"
    file.write_text(f"part:\n  type: {before}\n", encoding="utf8")
    model = str(ROOT / "config.yml")  # any file
    with pytest.raises(settings.SettingError, match=f"{before} 现在叫 {now}"):
        settings.check({name: str(file), "MODEL": model})


def test_variable_that_a_file_needs_is_named(tmp_path: Path) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text("channels.x.Y:\n  token: ${WECHAT_TOKEN}  # ${NOT_THIS}\n", encoding="utf8")
    with pytest.raises(settings.SettingError, match=r"^WECHAT_TOKEN"):
        settings.check({"CREDENTIALS": str(file)})
    assert settings.check({"CREDENTIALS": str(file), "WECHAT_TOKEN": "t"})


@pytest.mark.parametrize(
    "command", ["run.py --only server", "-m reader", "-m desk queue", "-m content"]
)
def test_command_refuses_in_one_line(command: str) -> None:
    ran = subprocess.run(
        [sys.executable, *command.split()],
        cwd=ROOT,
        env={"PORT": "no port"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert ran.stderr == "PORT no port：应为 1 到 65535 的端口号\n"


def test_every_setting_stands_in_the_documentation_with_its_default() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf8")
    for name, field in settings.Settings.model_fields.items():
        default = "unset" if field.default is None else f"`{field.default}`"
        assert f"| `{name.upper()}` | {default} | {field.description} |" in text


def test_environment_is_read_once_and_by_the_exact_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "7001")
    monkeypatch.setenv("log_format", "json")
    assert settings.current().port == 7001
    assert settings.current().log_format == "plain"
    monkeypatch.setenv("PORT", "7002")
    assert settings.current().port == 7001
    assert settings.read().port == 7002
    assert settings.read({"PORT": "7003"}).port == 7003


def test_secrets_are_not_shown_with_the_settings() -> None:
    found = settings.read(
        {"IDENTITY_KEY": SECRET, "DATABASE_URL": "postgresql://user:hidden@host/name"}
    )
    assert SECRET not in repr(found)
    assert "hidden" not in repr(found)
    assert found.variables()["IDENTITY_KEY"] == SECRET
