"""What the project says of itself is true: packages it needs, commands and addresses it names."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from infra import settings
from run import ROOT
from tests.repository import tracked

# Rooms that only developers use; what they import may be a package for development.
FOR_DEVELOPMENT = ("tests", "benchmarks", "standins")
# `make page`, 运行 make page, (make page): not the verb.
COMMAND = re.compile(r"(?:`|运行 |\()make ([a-z][a-z-]*)")


def sources(*suffixes: str) -> list[Path]:
    """Return the repository's files with such an ending; without a repository there are none."""
    found = tracked(*suffixes)
    if not found:
        pytest.skip("no repository")
    return found


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def installed() -> dict[str, set[str]]:
    """Return which distributions bring each module."""
    found = importlib.metadata.packages_distributions()
    return {module: {plain(name) for name in names} for module, names in found.items()}


def plain(name: str) -> str:
    """Return a package's name as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", name)[0]).lower()


def declared() -> tuple[set[str], set[str]]:
    """Return the packages that pyproject.toml names to run, and to develop."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    groups = project["dependency-groups"]
    to_run = [*project["project"]["dependencies"], *groups["reader"]]
    to_develop = groups["dev"]
    return {plain(name) for name in to_run}, {plain(name) for name in to_develop}


def test_whatever_is_imported_is_declared() -> None:
    distributions = installed()
    own = {path.stem for path in ROOT.glob("*.py")} | {path.name for path in ROOT.iterdir()}
    always, development = declared()
    missing = set()
    for path in sources(".py"):
        room = path.relative_to(ROOT).parts[0]
        known = always | development if room in FOR_DEVELOPMENT else always
        for name in imported(path) - set(sys.stdlib_module_names) - own:
            owners = distributions.get(name)
            # What only a comparison installs is looked for at its own place (benchmarks/).
            if owners and not owners & known:
                missing.add(f"{path.relative_to(ROOT)}: {name} ({', '.join(sorted(owners))})")
    assert not missing, "\n".join(sorted(missing))


def test_everybody_names_the_same_python() -> None:
    def found(name: str, pattern: str) -> set[str]:
        return set(re.findall(pattern, (ROOT / name).read_text(encoding="utf8")))

    (version,) = found(".python-version", r"^3\.\d+")
    assert found("Makefile", r"(?m)^PYTHON +:= (.+)") == {version}
    assert found("deploy/Dockerfile", r"FROM python:(3\.\d+)") == {version}
    assert found("README.md", r"Python (3\.\d\d)") >= {version}
    assert found("pyproject.toml", r'requires-python = ">=(3\.\d\d)') == {version}
    assert found("pyproject.toml", r'target-version = "py(.+)"') == {version.replace(".", "")}
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == version


def test_every_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf8")))
    unknown = [
        f"{path.relative_to(ROOT)}: make {name}"
        for path in sources(".py", ".md", ".yml", ".sh", ".ts", ".tsx")
        for name in COMMAND.findall(path.read_text(encoding="utf8"))
        if name not in targets
    ]
    assert not unknown, "\n".join(unknown)


def test_endpoints_names_only_addresses_that_are_taken() -> None:
    path = ROOT / "endpoints.yml"
    text = path.read_text(encoding="utf8")
    for part, name in settings.PARTS.items():
        (above,) = re.findall(rf"((?:^#.*\n)+)^{part}:", text, re.MULTILINE)
        shown = [each.rstrip(".") for each in re.findall(r"\w+://[^\s,;]*", above)]
        for each in (*shown, yaml.safe_load(text)[part]["url"]):
            assert settings.read({name: each})
        if part != "pictures":
            kinds = {each.partition(":")[0] for each in re.findall(r"\w+://", settings.must(name))}
            assert {each.partition(":")[0] for each in shown} >= kinds - {"rediss", "unix"}
