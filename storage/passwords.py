"""Passwords: argon2id hashes."""

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
    """True when the password fits. None (no such user, or one without a password) costs the same time and is False."""
    return verify_and_renew(password, password_hash)[0]


def verify_and_renew(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """The same, and a new hash of a fitting password whose hash has not the parameters of today."""
    fits, renewed = _hasher().verify_and_update(password, password_hash or _nobody())
    return (fits, renewed if fits else None) if password_hash is not None else (False, None)
