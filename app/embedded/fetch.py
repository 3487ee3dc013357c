"""The private prefix: Mosquitto, PostgreSQL and TimescaleDB from Debian 13's packages, unpacked without root.

Steps: a private apt configuration that names suite trixie on the host's own Debian mirror and keyring -> update ->
download -> `dpkg -x` each package into the prefix -> patchelf: the programs get the prefix's own loader and libraries,
because an older host's libc does not fit -> a stamp, written last. Nothing of the host's apt or dpkg is changed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.apt import Apt, host_mirror
from app.embedded.errors import FetchError
from app.embedded.made import remember
from app.embedded.places import create_directory, server_account

Say = Callable[[str], None]

FORMAT = 1  # raised when the steps below change, so that an older prefix is not taken for a new one
SUITE = "trixie"
POSTGRES_MAJOR = "17"
SCRATCH = "apt-"
LOADERS = {
    "amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}
PACKAGES = (
    *("postgresql-17", "postgresql-client-17", "postgresql-17-timescaledb", "mosquitto", "mosquitto-clients"),
    # what they need, spelled out: a resolver would take the host's installed packages for granted
    *("libpq5", "libc6", "libssl3t64", "libicu76", "libxml2", "libxslt1.1", "libldap2", "libsasl2-2"),
    *("libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libcom-err2", "libkeyutils1"),
    *("libzstd1", "liblz4-1", "libsystemd0", "libcap2", "libgcrypt20", "libgpg-error0", "zlib1g", "liblzma5"),
    *("libpam0g", "libaudit1", "libcap-ng0", "libreadline8t64", "libtinfo6", "tzdata", "libstdc++6", "libgcc-s1"),
    *("libuuid1", "libxxhash0", "libnuma1", "liburing2", "libedit2", "libffi8", "libmosquitto1"),
    *("libwebsockets19t64", "libcjson1", "libdlt2", "libev4t64", "libuv1t64", "libevent-2.1-7t64", "libwrap0"),
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """An unpacked set of server programs."""

    root: Path

    @property
    def postgres_bin(self) -> Path:
        """The directory with postgres, initdb and psql."""
        return self.root / "usr/lib/postgresql" / POSTGRES_MAJOR / "bin"

    @property
    def mosquitto(self) -> Path:
        """The broker."""
        return self.root / "usr/sbin/mosquitto"

    @property
    def stamp(self) -> Path:
        """Written last: a prefix without it is not complete."""
        return self.root / "complete.json"


def prefix_at(cache_dir: Path) -> Prefix:
    """Where the prefix of this format belongs, whether it is there or not."""
    return Prefix(cache_dir / f"servers-{SUITE}-{FORMAT}")


def ensure(cache_dir: Path, say: Say) -> Prefix:
    """The complete prefix, fetched when it is not there; concurrent callers wait for the first.

    Raises FetchError, which names ECC_DATABASE_URL and ECC_MQTT_URL, where it cannot be had.
    """
    prefix = prefix_at(cache_dir)
    if prefix.stamp.exists():
        return prefix
    _create_directory(cache_dir)
    with locked(cache_dir / "fetch.lock", say):
        if not prefix.stamp.exists():
            _build(prefix, say)
    return prefix


def _create_directory(cache_dir: Path) -> None:
    try:
        create_directory(cache_dir, server_account())
    except OSError as error:
        raise FetchError(f"The cache directory {cache_dir} cannot be created ({error.strerror}).") from error


@contextmanager
def locked(path: Path, say: Say) -> Iterator[None]:
    """Held by one set-up at a time."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is fetching the same; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(prefix: Prefix, say: Say) -> None:
    started = time.monotonic()
    mirror = host_mirror()
    architecture = _architecture()
    shutil.rmtree(prefix.root, ignore_errors=True)
    prefix.root.mkdir(parents=True)
    prefix.root.chmod(0o755)
    remember(prefix.root)
    with scratch_in(prefix.root.parent) as scratch:
        apt = Apt(scratch, mirror, SUITE)
        say("reading Debian 13's package list from this host's mirror")
        apt.update()
        say(f"downloading {len(PACKAGES)} packages: PostgreSQL 17, TimescaleDB, Mosquitto and their libraries (41 MB)")
        archives = apt.download(PACKAGES)
        say(f"unpacking them into {prefix.root} (263 MB)")
        for archive in archives:
            _run(["dpkg", "-x", str(archive), str(prefix.root)], "A package could not be unpacked")
        versions = dict(archive.name.split("_")[:2] for archive in archives)
    say("giving the programs their own loader")
    _give_loader(prefix, architecture)
    _check(prefix)
    prefix.stamp.write_text(json.dumps({"format": FORMAT, "suite": SUITE, "packages": versions}, indent=1))
    say(f"server programs ready after {time.monotonic() - started:.0f} s")


@contextmanager
def scratch_in(cache_dir: Path) -> Iterator[Path]:
    """A directory for apt that goes away; what a killed run left of its own goes first (the caller has the lock)."""
    for left in cache_dir.glob(f"{SCRATCH}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=SCRATCH) as scratch:
        yield Path(scratch)


def _architecture() -> str:
    if shutil.which("dpkg") is None:
        raise FetchError("This host has no dpkg, so Debian's server packages cannot be unpacked.")
    name = _run(["dpkg", "--print-architecture"], "dpkg does not say its architecture").strip()
    if name not in LOADERS:
        raise FetchError(f"The embedded servers know the architectures {', '.join(LOADERS)}, and this host is {name}.")
    return name


def _give_loader(prefix: Prefix, architecture: str) -> None:
    triplet, loader = LOADERS[architecture]
    libraries = prefix.root / "usr/lib" / triplet
    programs = [
        program
        for folder in (prefix.postgres_bin, prefix.root / "usr/sbin", prefix.root / "usr/bin")
        for program in folder.iterdir()
        if program.name.startswith("mosquitto") or folder == prefix.postgres_bin
        if not program.is_symlink() and program.read_bytes()[:4] == b"\x7fELF"
    ]
    command = [
        _patchelf(),
        "--set-interpreter",
        str(libraries / loader),
        "--set-rpath",
        str(libraries),
        "--force-rpath",
    ]
    for program in programs:
        _run([*command, str(program)], f"{program.name} could not be patched")


def _patchelf() -> str:
    beside_python = Path(sys.executable).parent / "patchelf"
    found = str(beside_python) if beside_python.exists() else shutil.which("patchelf")
    if found is None:
        raise FetchError("patchelf is missing; run `make setup`, which installs it into the virtual environment.")
    return found


def _check(prefix: Prefix) -> None:
    """Run each server once, so that a prefix that cannot work is never stamped complete."""
    _run([str(prefix.postgres_bin / "postgres"), "--version"], "The unpacked PostgreSQL does not run")
    answer = subprocess.run([prefix.mosquitto, "-h"], capture_output=True, text=True, check=False, timeout=30)
    if "mosquitto version" not in answer.stdout:
        raise FetchError(f"The unpacked Mosquitto does not run: {answer.stderr.strip()[-300:]}.")


def _run(command: list[str], complaint: str) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if answer.returncode != 0:
        raise FetchError(f"{complaint}: {answer.stderr.strip()[-500:]}.")
    return answer.stdout
