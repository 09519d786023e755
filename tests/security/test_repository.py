"""What lies in the repository and what is loaded from files: no secrets, no code in data."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from content import ContentError, ContentLibrary
from run import ROOT, Assistant
from tests.repository import tracked

SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}\b",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a JWT": r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a WeChat account": r"\bwx[0-9a-f]{16}\b",
    "a secret's value": (
        r"(?i)(?:app_?secret|aes_?key|access_?token|api_?key|assistant_secret|identity_key)"
        r"[\"']?\s*[:=]\s*[\"']?(?=[A-Za-z]*[0-9])[A-Za-z0-9+/=_-]{24,}"
    ),
    "an address with a password": r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'{}$<>]+:(?!password@)[^\s/@\"'{}$<>]+@[a-z0-9]",
    "this machine's folder": r"/(?:root|home/[a-z]+|Users/[A-Za-z]+|work/main)/",
}
# Made up for the tests, or for showing how it is written.
HARMLESS = {
    ("a WeChat account", "tests/"),
    ("a secret's value", "tests/"),
    ("an address with a password", "tests/"),
}


def test_no_file_holds_a_secret_or_a_machines_path() -> None:
    found = []
    for path in tracked():
        name = str(path.relative_to(ROOT))
        try:
            text = path.read_text(encoding="utf8")
        except UnicodeDecodeError:
            continue  # pictures
        for what, pattern in SECRETS.items():
            if any(what == one and name.startswith(start) for one, start in HARMLESS):
                continue
            if name == "tests/security/test_repository.py":
                continue
            for hit in re.finditer(pattern, text):
                line = text.count("\n", 0, hit.start()) + 1
                found.append(f"{name}:{line}: {what}: {hit[0][:12]}…")
    if (ROOT / ".git").exists():
        assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("an AWS key", "AKIA" + "A" * 16),
        ("a JWT", "eyJ" + "a" * 20 + "." + "b" * 20 + "." + "c" * 20),
        ("a secret's value", "app_secret: " + "0123456789abcdef" * 2),
        ("an address with a password", "https://me:" + "secret@index.example.com/simple"),
        ("this machine's folder", "/root/" + "x"),
    ],
)
def test_a_secret_would_be_seen(what: str, text: str) -> None:
    assert re.search(SECRETS[what], text)


def test_lock_files_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "web/package-lock.json"):
        text = (ROOT / name).read_text(encoding="utf8")
        assert "extra-index-url" not in text
        assert '"resolved"' not in text


# ---- models


def test_only_the_model_that_was_trained_here_is_loaded(assistant: Assistant) -> None:
    command = Path(f"/proc/{assistant.processes['server'].pid}/cmdline")
    if not command.exists():
        pytest.skip("only Linux tells")
    options = command.read_bytes().decode().split("\0")
    assert Path(options[options.index("-m") + 1]) == ROOT / "models" / "assistant.tar.gz"
    assert not {"--enable-api", "--cors", "--remote-storage", "--auth-token"} & set(options)


def test_no_file_of_settings_names_another_source_of_models() -> None:
    for path in [ROOT / "endpoints.yml", *(ROOT / "deploy").glob("*endpoints*.yml")]:
        assert "models" not in yaml.safe_load(path.read_text(encoding="utf8")), path


def test_models_of_ours_hold_no_code() -> None:
    """Pickles run code when they are read: there are none, and NumPy is not let to read one."""
    for folder in ("actions", "channels", "console", "desk", "infra", "nlu", "runtime", "server"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf8")
            assert not re.search(
                r"(?m)^\s*(?:import|from) (?:pickle|dill|joblib|shelve|marshal)\b", text
            )
            assert not re.search(r"allow_pickle\s*=\s*True|yaml\.(?:unsafe_load|full_load)", text)


# ---- content

BOMBS = {
    "billion laughs": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "不能用引用",
    ),
    "itself": ("a: &a [*a]\n", "不能用引用"),
    "a merge": ("a: &a {x: y}\nb: {<<: *a}\n", "不能用引用"),
    "a command": ("answer: !!python/object/apply:os.system ['touch /tmp/evil']\n", "YAML"),
    "a module": ("answer: !!python/module:os {}\n", "YAML"),
    "a name": ("answer: !!python/name:os.system\n", "YAML"),
    "a tag": ("answer: !include /etc/passwd\n", "YAML"),
    "very deep": ("a: " + "[" * 5000 + "]" * 5000 + "\n", "太深"),
    "no date": ("answer: 2024-13-45\n", "YAML"),
    "a key of lists": ("? [a, b]\n: c\n", "名字"),
    "very large": ("answer: " + "长" * 400_000 + "\n", "太大"),
    "no characters": ("answer: \x00\n", "YAML"),
    "two files": ("a: b\n---\nc: d\n", "YAML"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "content"
    shutil.copytree(ROOT / "content", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_among_the_content_is_refused_with_its_place(folder: Path, name: str) -> None:
    text, reason = BOMBS[name]
    (folder / "topics" / "bomb.yml").write_text(text, encoding="utf8")
    with pytest.raises(ContentError, match=rf"content/topics/bomb\.yml:\d+: .*{reason}"):
        ContentLibrary(folder).load()


@pytest.mark.parametrize(
    "evil",
    [
        "{hotline:>1000000000}",
        "{hotline!r}",
        "{hotline.__class__}",
        "{hotline[0]}",
        "{hotline:{x}}",
        "{}",
        "{0}",
    ],
)
def test_a_placeholder_is_a_name_and_nothing_else(folder: Path, evil: str) -> None:
    path = folder / "topics" / "contact_phone.yml"
    text = path.read_text(encoding="utf8")
    assert "{hotline}" in text
    path.write_text(text.replace("{hotline}", evil), encoding="utf8")
    with pytest.raises(ContentError, match=r"contact_phone\.yml:\d+: (?:占位符|花括号)"):
        ContentLibrary(folder).load()


def test_content_does_not_reach_outside_its_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.yml"
    outside.write_text("title: 外面\n", encoding="utf8")
    (folder / "topics" / "link.yml").symlink_to(outside)
    with pytest.raises(ContentError, match=r"link\.yml:1: .*文件夹外面") as caught:
        ContentLibrary(folder).load()
    assert "title" not in str(caught.value)


def test_a_folder_that_is_itself_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    """As container platforms mount it."""
    (tmp_path / "linked").symlink_to(folder)
    inside = folder / "topics" / "..data"
    inside.mkdir()
    (folder / "topics" / "public_wifi.yml").rename(inside / "public_wifi.yml")
    (folder / "topics" / "public_wifi.yml").symlink_to("..data/public_wifi.yml")
    assert "public_wifi" in ContentLibrary(tmp_path / "linked").load().topics


def test_customers_words_are_never_read_as_a_template() -> None:
    words = "{hotline} {0} {x.__class__}"
    assert words in ContentLibrary().load().say("handoff", number="K1", place=1, category=words)
