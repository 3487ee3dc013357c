"""How fast somebody may try to sign in: a pause that grows with each failure and wears off by itself.

Three counters, each with its own limit: one login from one address, one address over all logins, one login over all
addresses. The last is what a stranger could use to shut somebody out, so its pause stays short, and an address from
which the login came in lately is not asked for it at all.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.read_pool import Connection
from storage.sign_in_counters import Counter, lock_counters, store_counters

KNOWN_FOR = timedelta(days=90)
_EXPONENT = 20  # of a pause that doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """After `free` failures each further one adds a pause, up to `most_s`; one failure wears off every `wear_s`."""

    free: int
    first_s: float
    growth: float  # of the pause, by failure; 1: it grows by `first_s` each time
    most_s: float
    wear_s: float

    def worn(self, counter: Counter, now: datetime) -> float:
        """The failures that still count at `now`."""
        age_s = max(0.0, (now - counter.counted_at).total_seconds())
        return max(0.0, counter.failures - age_s / self.wear_s)

    def pause_s(self, failures: float) -> float:
        """How long to wait after this many failures."""
        over = round(failures) - self.free + 1
        if over <= 0:
            return 0.0
        grown = self.first_s * (over if self.growth == 1 else self.growth ** min(over - 1, _EXPONENT))
        return min(self.most_s, grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The limits by kind of counter."""

    pair: Limit
    address: Limit
    login: Limit

    @classmethod
    def of(cls, free: int) -> "Pace":
        """`free` attempts for one login from one address, ten times as many for an address, four times for a login."""
        return cls(
            pair=Limit(free=free, first_s=5, growth=2, most_s=900, wear_s=900),
            address=Limit(free=free * 10, first_s=2, growth=1, most_s=300, wear_s=60),
            login=Limit(free=free * 4, first_s=1, growth=1, most_s=30, wear_s=120),
        )

    def limit(self, kind: str) -> Limit:
        """The limit of a kind of counter."""
        return {"pair": self.pair, "address": self.address, "login": self.login}[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt: hashes of who (a login, a client's id) and from where."""

    pair: bytes
    address: bytes
    login: bytes

    @classmethod
    def of(cls, login: str, address: str) -> "Attempt":
        """Of a login in any spelling and an address; of IPv6 the network of 64 bits counts, which one person has."""
        place = _network(address)
        return cls(pair=_hash(f"{place} {login}"), address=_hash(place), login=_hash(login.casefold()))

    @property
    def keys(self) -> list[tuple[str, bytes]]:
        """(kind, key) of its counters."""
        return [("pair", self.pair), ("address", self.address), ("login", self.login)]


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


async def count_attempt(conn: Connection, attempt: Attempt, pace: Pace, *, now: datetime) -> float:
    """Count an attempt as a failure until it has succeeded; returns 0, or the seconds to wait, counting nothing.

    Counted before the password is looked at, so that many attempts at once are no way around it.
    """
    counters = await lock_counters(conn, attempt.keys, now=now)
    # A counter without a pause may have been counted after `now`: who came later was served first.
    pauses = (counter.next_at - now for counter in _asked(counters, now) if counter.next_at > counter.counted_at)
    wait_s = max((pause.total_seconds() for pause in pauses), default=0.0)
    if wait_s > 0:
        return wait_s
    await store_counters(conn, [_failed(counter, pace.limit(counter.kind), now) for counter in counters])
    return 0.0


def _asked(counters: Sequence[Counter], now: datetime) -> list[Counter]:
    """The counters whose pauses hold for this attempt."""
    is_known = any(
        c.succeeded_at is not None and now - c.succeeded_at < KNOWN_FOR for c in counters if c.kind == "pair"
    )
    return [c for c in counters if not (is_known and c.kind == "login")]


def _failed(counter: Counter, limit: Limit, now: datetime) -> Counter:
    failures = limit.worn(counter, now) + 1
    next_at = now + timedelta(seconds=limit.pause_s(failures))
    return replace(counter, failures=failures, counted_at=now, next_at=next_at)


async def forgive_attempt(conn: Connection, attempt: Attempt, pace: Pace, *, now: datetime) -> None:
    """The attempt has succeeded: the login starts anew from this address, the other counters lose what it added."""
    counters = await lock_counters(conn, attempt.keys, now=now)
    await store_counters(conn, [_succeeded(counter, pace.limit(counter.kind), now) for counter in counters])


def _succeeded(counter: Counter, limit: Limit, now: datetime) -> Counter:
    if counter.kind == "pair":
        return replace(counter, failures=0.0, counted_at=now, next_at=now, succeeded_at=now)
    return replace(counter, failures=max(0.0, limit.worn(counter, now) - 1), counted_at=now, next_at=now)
