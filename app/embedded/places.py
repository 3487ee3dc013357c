"""Where the embedded servers live, and the account that runs them.

An ordinary user: the XDG cache and data directories, the user's own account. Root: PostgreSQL refuses to run as root,
so an unprivileged account runs both, under /var/cache/ecc and /var/lib/ecc unless XDG_* name places it can enter.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedError

ROOT_CACHE = Path("/var/cache/ecc")
ROOT_DATA = Path("/var/lib/ecc")
# The first that exists runs the servers when ECC itself runs as root; every Debian has "nobody".
ACCOUNTS = ("ecc", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The operating system account the servers run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """True when this process already runs as the account, so nothing has to be switched."""
        return self.uid == os.geteuid()


def server_account() -> Account:
    """The account that runs the servers: the caller's own, or for root the first of ACCOUNTS that exists."""
    if os.geteuid() != 0:
        try:
            name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise EmbeddedError(
                f"User id {os.geteuid()} has no entry in /etc/passwd; PostgreSQL refuses to run for such a user."
            ) from None
        return Account(name=name, uid=os.geteuid(), gid=os.getegid())
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedError("Running as root needs an unprivileged account named 'ecc' or 'nobody', and there is none.")


def may_enter(path: Path, account: Account) -> bool:
    """Whether the account may walk down to `path`; parts that do not exist yet count as enterable."""
    resolved = path.resolve()
    for part in (*reversed(resolved.parents), resolved):
        try:
            status = part.stat()
        except FileNotFoundError:
            return True
        except PermissionError:
            return False
        if not _may_search(status, account):
            return False
    return True


def _may_search(status: os.stat_result, account: Account) -> bool:
    if account.uid == 0:
        return True
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _xdg(variable: str, fallback: str, root_fallback: Path) -> Path:
    named = os.environ.get(variable, "")
    if os.geteuid() == 0:
        if named and may_enter(Path(named), server_account()):
            return Path(named) / "ecc"
        return root_fallback
    return (Path(named) if named else Path.home() / fallback) / "ecc"


def default_cache_dir() -> Path:
    """Where the unpacked server programs are kept."""
    return _xdg("XDG_CACHE_HOME", ".cache", ROOT_CACHE)


def default_data_dir() -> Path:
    """Where database, broker queue, ports and passwords are kept unless --data-dir or ECC_DATA_DIR names another."""
    return _xdg("XDG_DATA_HOME", ".local/share", ROOT_DATA)


def create_directory(path: Path, account: Account) -> None:
    """Create `path` and its missing parents so that the account can enter them, whatever the umask."""
    missing = [part for part in (path, *path.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(exist_ok=True)
        part.chmod(0o700 if account.is_self else 0o755)


def own_directory(path: Path, account: Account, mode: int) -> None:
    """Create `path` for the account with `mode`; an existing one is given to the account."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if not account.is_self:
        os.chown(path, account.uid, account.gid)
