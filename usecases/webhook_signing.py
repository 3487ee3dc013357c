"""How what is sent to a webhook is signed, so that its receiver knows who sent it and when."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def signature(keys: Sequence[str], at_s: int, body: bytes) -> str:
    """The value of the header ECC-Signature: `t=<seconds since 1970>,v1=<hex>`, one v1 for each secret in force.

    v1 is the HMAC-SHA256 of `<t>.<body>` with the secret as it was shown, prefix included.
    """
    signed = b"%d.%b" % (at_s, body)
    return ",".join([f"t={at_s}", *(f"v1={hmac.new(k.encode(), signed, hashlib.sha256).hexdigest()}" for k in keys)])
