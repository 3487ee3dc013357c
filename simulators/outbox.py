"""Store and forward: a machine keeps each message until the platform says that it is committed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

RETRY_FIRST_S = 5.0
RETRY_LONGEST_S = 60.0
UNSEQUENCED = -1


@dataclass(slots=True, eq=False)
class Message:
    """One PUBLISH as the machine wants it kept. `rows`: the measured_at of its reading rows, microseconds UTC.

    seq is UNSEQUENCED for a malformed message: no commit ack can cover it, the broker's PUBACK ends it.
    """

    topic: str
    payload: bytes
    boot: str
    seq: int
    rows: tuple[int, ...]
    due_s: float = 0.0  # not before this monotonic time
    sent: int = 0

    @property
    def weight(self) -> int:
        """Rows as the report counts them: a malformed message is one."""
        return len(self.rows) if self.seq != UNSEQUENCED else 1


class Outbox:
    """The messages of one machine that are not known to be committed, and when to send each again."""

    def __init__(self, *, newest_first: bool = False) -> None:
        self.newest_first = newest_first
        self._by_boot: dict[str, dict[int, Message]] = {}
        self._unsequenced: dict[int, Message] = {}
        self._wake_s = float("inf")
        self._count = 0  # its own number, so that other threads may ask

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Message]:
        for kept in self._by_boot.values():
            yield from kept.values()
        yield from self._unsequenced.values()

    def put(self, message: Message) -> None:
        """Keep a new message; it is due at its `due_s`."""
        self._count += 1
        if message.seq == UNSEQUENCED:
            self._unsequenced[id(message)] = message
        else:
            self._by_boot.setdefault(message.boot, {})[message.seq] = message
        self._wake_s = min(self._wake_s, message.due_s)

    def sent(self, message: Message, now_s: float) -> None:
        """Note that a message went out: it is due again after a time-out that doubles each time."""
        message.sent += 1
        message.due_s = now_s + min(RETRY_FIRST_S * 2.0 ** (message.sent - 1), RETRY_LONGEST_S)
        self._wake_s = min(self._wake_s, message.due_s)

    def acknowledge(self, boot: str, through: int, ranges: Iterable[tuple[int, int]]) -> int:
        """Drop what the commit ack covers: every seq up to `through` and those in `ranges`; returns how many."""
        kept = self._by_boot.get(boot)
        if not kept:
            return 0
        spans = tuple(ranges)
        covered = [seq for seq in kept if seq <= through or any(low <= seq <= high for low, high in spans)]
        for seq in covered:
            del kept[seq]
        self._count -= len(covered)
        if not kept:
            del self._by_boot[boot]
        return len(covered)

    def accepted_by_broker(self, message: Message) -> None:
        """The broker's PUBACK: the end of a malformed message, and of no other."""
        if self._unsequenced.pop(id(message), None) is not None:
            self._count -= 1

    def restart(self, now_s: float) -> None:
        """After a reconnect everything not covered goes out again."""
        for message in self:
            message.due_s = min(message.due_s, now_s)
        self._wake_s = now_s if len(self) else float("inf")

    def release(self, now_s: float) -> None:
        """What was held back on purpose and never sent goes out now."""
        for message in self:
            if message.sent == 0:
                message.due_s = min(message.due_s, now_s)
                self._wake_s = min(self._wake_s, now_s)

    def due(self, now_s: float, limit: int) -> list[Message]:
        """At most `limit` messages to send now, oldest or newest first as the machine does it."""
        if now_s < self._wake_s:
            return []
        ready = [m for m in self if m.due_s <= now_s]
        self._wake_s = now_s if ready else min((m.due_s for m in self), default=float("inf"))
        if self.newest_first:
            ready.reverse()
        return ready[:limit]
