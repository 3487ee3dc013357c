"""A private apt: the host's own Debian mirror and keyring, another suite, no state shared with the host."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import FetchError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Hooks of the host's apt (image cleaners, PackageKit) have no business with ours.
HOST_HOOKS = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where the host gets Debian packages from."""

    uri: str
    keyring: Path


def host_mirror() -> Mirror:
    """The Debian mirror this host is configured for.

    Raises FetchError where there is no apt, no Debian mirror or no keyring.
    """
    if shutil.which("apt-get") is None:
        raise FetchError("This host has no apt-get, so Debian's packages cannot be fetched.")
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(COMPONENT)|$(SIGNED_BY)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in listing.splitlines():
        uri, component, signed_by = line.split("|")
        if component == "main" and uri.rstrip("/").endswith("/debian"):
            return Mirror(uri, _keyring(signed_by))
    raise FetchError("This host's apt is not configured for a Debian mirror (a main component under /debian).")


def _keyring(signed_by: str) -> Path:
    for candidate in (Path(signed_by) if signed_by.startswith("/") else KEYRING, KEYRING):
        if candidate.exists():
            return candidate
    raise FetchError("Debian's archive keyring is missing (package debian-archive-keyring).")


class Apt:
    """apt-get with its own lists, cache and status below one scratch directory."""

    def __init__(self, scratch: Path, mirror: Mirror, suite: str) -> None:
        self._scratch = scratch
        for folder in ("lists/partial", "cache/archives/partial", "tmp", "debs"):
            (scratch / folder).mkdir(parents=True)
        (scratch / "status").touch()
        (scratch / "sources.list").write_text(f"deb [signed-by={mirror.keyring}] {mirror.uri} {suite} main\n")
        settings = {
            "Dir::Etc::SourceList": scratch / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State::Lists": scratch / "lists",
            "Dir::State::status": scratch / "status",
            "Dir::Cache": scratch / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": "root",
            "Debug::NoLocking": "1",
        }
        lines = [f"#clear {hook};" for hook in HOST_HOOKS]
        lines += [f'{name} "{value}";' for name, value in settings.items()]
        (scratch / "apt.conf").write_text("\n".join(lines) + "\n")

    def update(self) -> None:
        """Fetch the package list of the suite."""
        self._run(["update"], "Debian 13's package list could not be fetched")

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Download the packages and return their archives, one for each name."""
        self._run(["download", *packages], "Debian 13's packages could not be downloaded")
        archives = sorted((self._scratch / "debs").glob("*.deb"))
        if len(archives) != len(packages):
            raise FetchError(f"{len(packages)} packages were asked for and {len(archives)} came.")
        return archives

    def _run(self, arguments: list[str], complaint: str) -> None:
        # an unwritable TMPDIR makes apt say 'not signed', which would send people the wrong way
        environment = {**os.environ, "TMPDIR": str(self._scratch / "tmp"), "LC_ALL": "C"}
        answer = subprocess.run(
            ["apt-get", "-c", str(self._scratch / "apt.conf"), "-qq", "-o", "Dpkg::Use-Pty=0", *arguments],
            cwd=self._scratch / "debs",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise FetchError(f"{complaint}: {(answer.stderr or answer.stdout).strip()[-500:]}.")
