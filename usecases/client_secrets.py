"""Secrets of integrators' clients: what they look like, and what is kept of them."""

import hashlib
import secrets
import zlib

PREFIX = "ecc_live_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECKSUM = 43, 6  # characters; 43 of 62 are 256 bits, 6 hold a CRC-32


def new_secret() -> str:
    """`ecc_live_`, 256 random bits and a checksum, so that a scanner of leaked keys can be sure of what it found."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return PREFIX + body + _checksum(body)


def is_well_formed(text: str) -> bool:
    """True when the text has the shape and the checksum of a secret of ours; it may be none all the same."""
    body = text.removeprefix(PREFIX)
    right_length = len(text) == len(PREFIX) + _RANDOM + _CHECKSUM
    return right_length and body.isascii() and body.isalnum() and body[_RANDOM:] == _checksum(body[:_RANDOM])


def hash_of_secret(secret: str) -> bytes:
    """What the database keeps. Fast, for there is nothing to guess in 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _checksum(body: str) -> str:
    left, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        left, digit = divmod(left, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
