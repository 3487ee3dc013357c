"""Passwords: argon2 hashes."""

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    return hash_password("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash of a password; some 50 ms of work on purpose."""
    return _hasher().hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """True when the password fits. None (no such user) costs the same time and is False."""
    fits = _hasher().verify(password, password_hash or _nobody())
    return fits and password_hash is not None
