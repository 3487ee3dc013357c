"""Instants of the wire as microseconds UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

MAX_MS = 9_000_000_000_000_000  # int64 microseconds end a little above
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Zoned = Annotated[datetime, msgspec.Meta(tz=True)]


def instants_us(times: Sequence[int | str]) -> list[int | None]:
    """`instant_us` of each."""
    try:
        if min(times) >= -MAX_MS and max(times) <= MAX_MS:  # type: ignore[operator]
            return [t * 1000 for t in times]  # type: ignore[misc]
    except (TypeError, ValueError):  # text among them, or none at all
        pass
    return [instant_us(t) for t in times]


def instant_us(t: int | str) -> int | None:
    """Microseconds UTC of `t` (integer ms, or RFC 3339 with a zone); None when it is no instant.

    Whether the instant is plausible is ingest's question, not asked here.
    """
    if isinstance(t, int):
        return t * 1000 if -MAX_MS <= t <= MAX_MS else None
    try:
        moment = msgspec.convert(t, _Zoned)
    except msgspec.ValidationError:
        return None
    return (moment - _EPOCH) // _MICROSECOND
