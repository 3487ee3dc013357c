"""Public identifiers: UUIDv7, so that they sort by the time they were made."""

import os
import time
from uuid import UUID

import numpy as np
import numpy.typing as npt

_VERSION = 0x7000
_VARIANT = 0x8000_0000_0000_0000


def uuid7(at_ms: int | None = None) -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of milliseconds since 1970, then 74 random bits.

    `at_ms` is the platform's time; None asks the clock, for ids whose order nobody needs to reproduce.
    """
    stamp = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=stamp << 80 | (_VERSION | random >> 68) << 64 | _VARIANT | random & 0x3FFF_FFFF_FFFF_FFFF)


def partition_of(machine: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
    """The partition of each machine, 0 to 63; shape as given."""
    return (machine % PARTITIONS).astype(np.int16)


PARTITIONS = 64
