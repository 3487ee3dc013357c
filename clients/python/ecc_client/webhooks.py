"""Whether what came to a webhook's address was sent by the platform, and just now."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence

from ecc_client.errors import BadSignature

HEADER = "ECC-Signature"


def verify_signature(
    body: bytes,
    header: str | None,
    secret: str | Sequence[str],
    *,
    tolerance_s: float = 300.0,
    now_s: float | None = None,
) -> None:
    """Return when the header ECC-Signature is right for these bytes (the body as it came, not parsed and written anew).

    `secret` as it was shown when the webhook was made, prefix included; several while one is being rotated. Raises
    BadSignature when nothing fits, or when it was signed more than `tolerance_s` from now: an old one sent again.
    """
    at_s, signatures = _read(header)
    if abs((time.time() if now_s is None else now_s) - at_s) > tolerance_s:
        raise BadSignature("The webhook's signature is too old, or one of the clocks is wrong.")
    secrets = [secret] if isinstance(secret, str) else secret
    signed = b"%d.%b" % (at_s, body)
    right = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in right for theirs in signatures):
        raise BadSignature("The webhook's signature does not fit the body.")


def _read(header: str | None) -> tuple[int, list[str]]:
    """The time and the signatures of `t=<seconds>,v1=<hex>[,v1=<hex>]`; what is not known is passed over."""
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    times = [value for name, _, value in parts if name == "t" and value.isascii() and value.isdecimal()]
    signatures = [value for name, _, value in parts if name == "v1" and value.isascii()]
    if len(times) != 1 or not signatures:
        raise BadSignature(f"There is no {HEADER} header that can be read.")
    return int(times[0]), signatures
