"""Builds the image of deploy/Dockerfile, starts all parts of it and talks with them.

`make test-container`. With docker or podman where they work and have the base image or can pull
it; else with buildah as root, and without a registry on a base that Debian's debootstrap makes.
ENGINE=docker, podman or buildah asks for one of them.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from infra.processes import Processes, StartError, free_ports
from run import ROOT
from tests import local
from tests.customer import Customer

ENGINES = ("docker", "podman", "buildah")
IMAGE = "ok-wallet-assistant:test"
MODEL = ROOT / "models" / "assistant.tar.gz"
LOG = ROOT / "reports" / "container.log"
USER = 10001
LONGEST_READING = 600.0  # seconds
LARGEST = 1000  # MB
LARGEST_WITHOUT_READER = 720  # MB, of what `--target assistant` builds
MISSING = """\
没有可用的容器引擎 / no container engine that works:
{reasons}
Debian/Ubuntu: sudo apt-get install buildah debootstrap
然后用 root / then as root: make test-container"""

# What the build reads from this machine's own configuration, by the Dockerfile's names.
SECRETS: dict[str, tuple[str | None, ...]] = {
    "certificates": (os.environ.get("SSL_CERT_FILE"),),
    "pip.conf": (
        os.environ.get("PIP_CONFIG_FILE"),
        "~/.config/pip/pip.conf",
        "~/.pip/pip.conf",
        "/etc/pip.conf",
    ),
    "uv.toml": (os.environ.get("UV_CONFIG_FILE"), "~/.config/uv/uv.toml", "/etc/uv/uv.toml"),
    "npmrc": (os.environ.get("NPM_CONFIG_USERCONFIG"), "~/.npmrc"),
}

# Debian's own image of this kind leaves the same out.
BASE_LEAVES_OUT = (
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "var/log"),
    *("var/cache/apt", "var/lib/apt/lists"),
)

# Every library must still load after its symbols were taken away.
LOAD_LIBRARIES = """
import ctypes, os, pathlib
import numpy, scipy.stats, sklearn.cluster, PIL.Image, psycopg2, cryptography.x509
import cv2, onnxruntime, rapidocr, zxingcpp
count = 0
for file in pathlib.Path(numpy.__file__).parents[1].rglob("*.so*"):
    ctypes.CDLL(str(file))
    count += 1
print(count, flush=True)
os._exit(0)  # what was loaded without being imported may not end well
"""

# What only reads pictures needs, by its lock, and how many bytes the image has of it.
PACKAGES = re.compile(r"^([\w.-]+)==", re.MULTILINE)
MEASURE = """
import importlib.metadata, pathlib, sys
files = {each.locate() for name in sys.argv[1:] for each in importlib.metadata.files(name)}
files |= {made for file in files for made in file.parent.glob(f"__pycache__/{file.stem}.*.pyc")}
print(sum(file.stat().st_size for file in map(pathlib.Path, files) if file.is_file()))
"""

# In the container: a root that is read-only, for the user that the image names.
ENTER = """
mount --bind "$1" "$1" && mount --bind "$2" "$1/data" && mount -t tmpfs tmpfs "$1/tmp" &&
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
mount -o remount,bind,ro "$1" || exit 125
root=$1 folder=$3 user=$4
shift 4
exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all env -i --chdir="$folder" "$@"
"""


class Unusable(Exception):
    """An engine cannot be used here; the text says why."""


def ran(*command: str | Path) -> str:
    """Run a command and return what it prints.

    Raises:
        StartError: it failed; the text ends with what it said.
    """
    result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if result.returncode:
        raise StartError(f"{_short(command)}: {result.stdout}{result.stderr}")
    return result.stdout.strip()


def built(*command: str | Path) -> None:
    """Run a build; what it prints goes to the log.

    Raises:
        StartError: it failed; the text says where the log is.
    """
    print(f"构建镜像 / building the image: {LOG} ...", flush=True)
    with LOG.open("ab") as log:
        result = subprocess.run(command, cwd=ROOT, check=False, stdout=log, stderr=log)
    if result.returncode:
        raise StartError(f"{_short(command)}: 见 / see {LOG}")


def _short(command: Sequence[str | Path]) -> str:
    return Path(command[0]).name + " ... " + " ".join(map(str, command[-3:]))


def base_image() -> tuple[str, str]:
    """Return the image after FROM in the Dockerfile, and the Debian release it is of."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf8")
    (found,) = set(re.findall(r"^FROM (python:[\d.]+-slim-\w+)", text, re.MULTILINE))
    return found, found.rpartition("-")[2]


def build_options() -> list[str]:
    """Return what the build is called with: the model that is here, our mirrors' settings."""
    options = ["-f", "deploy/Dockerfile", "-t", IMAGE]
    options += ["--build-arg", f"MODEL={'given' if MODEL.exists() else 'trained'}"]
    for name, places in SECRETS.items():
        files = (Path(place).expanduser() for place in places if place)
        if file := next((file for file in files if file.is_file()), None):
            options += ["--secret", f"id={name},src={file}"]
    return options


class Engine(ABC):
    """Builds the image and runs commands in it, all with the same /data."""

    @abstractmethod
    def build(self) -> None:
        """Build the image."""

    @abstractmethod
    def size(self) -> int:
        """Return the image's size in bytes."""

    @abstractmethod
    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str], entry: str | None = None
    ) -> list[str]:
        """Return the command that runs a part, or with `entry` another program of the image."""

    def run(self, *command: str, **environment: str) -> str:
        """Run a program of the image and return what it prints."""
        return ran(*self.command(command[1:], environment, command[0]))

    @abstractmethod
    def health(self) -> list[str]:
        """Return the command of the image's own health check."""

    @abstractmethod
    def close(self) -> None:
        """Remove what was made."""


class Containers(Engine):
    """docker or podman."""

    def __init__(self, program: str) -> None:
        if not shutil.which(program):
            raise Unusable("没有安装 / not installed")
        self._program = program
        base, _ = base_image()
        try:
            ran(program, "info")
            if not self._has(base):
                ran(program, "pull", base)
        except StartError as error:
            raise Unusable(str(error).strip().splitlines()[-1]) from None
        self._volume = f"ok-wallet-test-{secrets.token_hex(4)}"

    def _has(self, image: str) -> bool:
        result = subprocess.run(
            [self._program, "image", "inspect", image], check=False, capture_output=True
        )
        return result.returncode == 0

    def build(self) -> None:
        # Podman's own format has no health check.
        options = ["--format", "docker"] if self._program == "podman" else []
        built(self._program, "build", *options, *build_options(), ".")

    def _inspect(self, what: str) -> str:
        return ran(self._program, "image", "inspect", IMAGE, "--format", what)

    def size(self) -> int:
        return int(self._inspect("{{.Size}}"))

    def health(self) -> list[str]:
        found: list[str] = json.loads(self._inspect("{{json .Config.Healthcheck.Test}}"))
        return found[1:]

    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str], entry: str | None = None
    ) -> list[str]:
        command = [self._program, "run", "--rm", "--network", "host"]
        command += ["--read-only", "--tmpfs", "/tmp", "--volume", f"{self._volume}:/data"]
        command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        for name, value in environment.items():
            command += ["--env", f"{name}={value}"]
        command += ["--entrypoint", entry] if entry else []
        return [*command, IMAGE, *arguments]

    def close(self) -> None:
        for what in (("volume", "rm"), ("image", "rm")):
            name = self._volume if what[0] == "volume" else IMAGE
            subprocess.run([self._program, *what, name], check=False, capture_output=True)


class Chroots(Engine):
    """buildah as root, which needs no daemon and no namespaces of its own; chroot runs it."""

    def __init__(self) -> None:
        if not shutil.which("buildah"):
            raise Unusable("没有安装 / not installed")
        if os.geteuid():
            raise Unusable("要用 root / needs root")
        self._folder = Path(tempfile.mkdtemp(prefix="ok-wallet-container-"))
        (self._folder / "data").mkdir()
        os.chown(self._folder / "data", USER, USER)
        storage = os.environ.get("STORAGE_DRIVER")
        self._buildah = [
            *("buildah", "--root", str(self._folder / "root")),
            *("--runroot", str(self._folder / "runroot")),
            *(("--storage-driver", storage) if storage else ()),
        ]
        try:
            self._prepare_base()
        except BaseException:
            self.close()
            raise

    def _prepare_base(self) -> None:
        """Pull the base image, or make one of the same name."""
        base, release = base_image()
        full = f"docker.io/library/{base}"
        try:
            ran(*self._buildah, "pull", full)
            return
        except StartError:
            print(f"拉不到 / cannot pull {base}; debootstrap {release} ...", flush=True)
        if not shutil.which("debootstrap"):
            raise Unusable(
                f"拉不到 {base}，也没有 debootstrap / cannot pull {base}, and no debootstrap"
            )
        tree = self._folder / "base"
        python = "python" + re.findall(r":([\d.]+)-", base)[0]
        packages = f"--include=ca-certificates,{python},{python}-venv"
        mirror = [os.environ["DEBIAN_MIRROR"]] if "DEBIAN_MIRROR" in os.environ else []
        ran("debootstrap", "--variant=minbase", packages, release, tree, *mirror)
        for left_out in BASE_LEAVES_OUT:
            shutil.rmtree(tree / left_out, ignore_errors=True)
            (tree / left_out).mkdir(parents=True)
        for name in ("python", "python3", python):
            (tree / "usr" / "local" / "bin" / name).symlink_to(f"/usr/bin/{python}")
        made = ran(*self._buildah, "from", "scratch")
        ran(*self._buildah, "add", made, tree, "/")
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        ran(*self._buildah, "config", "--env", f"PATH={path}", made)
        ran(*self._buildah, "commit", "--rm", made, full)
        shutil.rmtree(tree)

    def build(self) -> None:
        built(
            *(*self._buildah, "build", "--isolation", "chroot", "--format", "docker"),
            *("--pull=never", *build_options(), "."),
        )
        container = ran(*self._buildah, "from", "--pull-never", IMAGE)
        self._root = ran(*self._buildah, "mount", container)
        image = json.loads(ran(*self._buildah, "inspect", "--type", "image", IMAGE))
        self._config = image["Docker"]["config"]

    def size(self) -> int:
        return int(ran("du", "-s", "--apparent-size", "--block-size=1", self._root).split()[0])

    def health(self) -> list[str]:
        found: list[str] = self._config["Healthcheck"]["Test"]
        return found[1:]

    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str], entry: str | None = None
    ) -> list[str]:
        enter = ["unshare", "--mount", "sh", "-c", ENTER, "sh", self._root]
        enter += [str(self._folder / "data"), self._config["WorkingDir"], self._config["User"]]
        enter += self._config["Env"]
        enter += [f"{name}={value}" for name, value in environment.items()]
        return [*enter, *([entry] if entry else self._config["Entrypoint"]), *arguments]

    def close(self) -> None:
        subprocess.run([*self._buildah, "rm", "--all"], check=False, capture_output=True)
        subprocess.run([*self._buildah, "rmi", "--all", "-f"], check=False, capture_output=True)
        shutil.rmtree(self._folder)


def engine(wanted: str | None = None) -> Engine:
    """Return the engine that is wanted, or the first that works here.

    Raises:
        StartError: none does; the text says why, and what to install.
    """
    reasons = []
    for name in [wanted] if wanted else ENGINES:
        try:
            return Chroots() if name == "buildah" else Containers(name)
        except Unusable as reason:
            reasons.append(f"  {name}: {reason}")
    raise StartError(MISSING.format(reasons="\n".join(reasons)))


def screenshot() -> bytes:
    """Return a picture with words on it that any machine can draw."""
    image = Image.new("RGB", (720, 400), "white")
    font = ImageFont.load_default(size=60)
    ImageDraw.Draw(image).text((60, 150), "ERROR 50013", "black", font)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def talk(image: Engine) -> None:
    """Start all parts, be a customer, and go on where the conversation was after a restart."""
    port, actions_port = free_ports(2)
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ACTIONS_PORT": str(actions_port),
        "ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
        "DATABASE_URL": "sqlite:////data/desk.db",
        "ASSISTANT_SECRET": secrets.token_hex(32),
    }
    url = f"http://127.0.0.1:{port}"
    parts = Processes(LOG)
    try:
        for part in ("actions", "server"):
            parts.run(part, *image.command([part], settings))
        parts.wait_answer(f"{url}/ready")
        parts.run("reader", *image.command(["reader"], settings))
        image.run(*image.health(), **settings)
        page = local.get(f"{url}/")
        assert "<html" in page.text
        for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            assert local.get(f"{url}{asset}").status_code == 200, asset
        customer = Customer(url)
        assert "第 1/5 步" in customer.says("密码忘了")
        assert "第 2/5 步" in customer.presses("下一步")
        parts.stop_one("server")
        parts.run("server", *image.command(["server"], settings))
        parts.wait_answer(f"{url}/ready")
        assert "第 3/5 步" in customer.says("好了")
        sent = customer.http.post(
            "/api/pictures?id=1", content=screenshot(), headers={"Content-Type": "image/png"}
        )
        assert "正在看" in sent.json()["messages"][-1]["text"], sent.text
        until = time.monotonic() + LONGEST_READING
        while "50013" not in customer.http.get("/api/messages").text:
            parts.check()
            if time.monotonic() > until:
                raise StartError(f"截图没有读出来 / the screenshot was not read: {LOG}")
            time.sleep(0.5)
        customer.http.close()
    finally:
        parts.stop()


def size_of_reader(image: Engine) -> int:
    """Return the bytes of what only reads pictures needs."""
    known = [
        set(PACKAGES.findall((ROOT / name).read_text(encoding="utf8")))
        for name in ("requirements-reader.lock", "requirements.lock")
    ]
    return int(image.run("python", "-c", MEASURE, *sorted(known[0] - known[1])))


def check(image: Engine) -> None:
    """See that the image is what it says: its user, a root that is read-only, whole libraries."""
    assert image.run("id", "-u") == str(USER)
    refused = image.run("sh", "-c", "touch /app/x /usr/x 2>&1 || true").splitlines()
    assert len(refused) == 2, refused
    assert all("Read-only" in line or "Permission" in line for line in refused), refused
    assert image.run("sh", "-c", "touch /tmp/x /data/x && rm /data/x && echo done") == "done"
    assert int(image.run("python", "-W", "ignore", "-c", LOAD_LIBRARIES)) > 100
    addresses = ("worker-1:5005,worker-2:5005", "actions-1:5055,actions-2:5055")
    assert "server worker-2:5005" in image.run("python", "deploy/cluster.py", "--nginx", *addresses)
    for absent in ("web/src", "web/node_modules", "tests", ".tools", ".git", "Makefile"):
        assert image.run("sh", "-c", f"test ! -e /app/{absent} && echo absent") == "absent", absent


def main() -> int:
    """Build, talk, measure; return the exit code."""
    try:
        image = engine(os.environ.get("ENGINE"))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    LOG.parent.mkdir(exist_ok=True)
    LOG.unlink(missing_ok=True)
    try:
        image.build()
        check(image)
        talk(image)
        size, reader = image.size() // 1_000_000, size_of_reader(image) // 1_000_000
        print(f"容器：三个部分都答得上话 / container: all three parts answer; {size} MB")
        print(f"不看图 / without the reader (--target assistant): {size - reader} MB")
        options = ("--summarize", "--apparent-size", "--block-size=MB")
        print(image.run("du", *options, "/usr", "/app/.venv", "/app"))
        assert size < LARGEST, f"{size} MB, at most {LARGEST}"
        assert size - reader < LARGEST_WITHOUT_READER, f"at most {LARGEST_WITHOUT_READER} MB"
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        image.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
