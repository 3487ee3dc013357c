"""J1939-21 transport protocol, broadcast (BAM): packets put together again, also across messages.

A CAN message carries whole slots, so a multi-packet transfer may begin in one message and end in another, and messages
may come late, twice or newest first. What a message leaves unfinished at its end, or finds already begun at its start,
is kept as a `Part`; parts that fit each other (next sequence number, at most 750 ms on the frames' own stamps) are
joined whatever came first. Within a message the rules are those of the bus: one transfer per source address, a new BAM
aborts the old one, a wrong sequence number or a pause over 750 ms ends it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

CM_PGN = 60416
DT_PGN = 60160
BAM = 0x20
TIMEOUT_US = 750_000
MIN_BYTES, MAX_BYTES = 9, 1785
PACKET_BYTES = 7
MAX_PARTS = 32  # unfinished parts kept per terminal, the newest

StoredPart = dict[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a BAM announced."""

    pgn: int
    size: int
    packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Consecutive packets of one transfer, with its announcement when they follow it directly."""

    sa: int
    header: Header | None
    first_seq: int
    packets: bytes
    first_us: int
    last_us: int

    @property
    def next_seq(self) -> int:
        """The sequence number that continues it."""
        return self.first_seq + len(self.packets) // PACKET_BYTES

    @property
    def complete(self) -> bool:
        """Everything announced is there."""
        return self.header is not None and self.next_seq > self.header.packets

    def continued_by(self, later: "Part") -> bool:
        """Whether `later` is what came next on the bus."""
        return (
            later.header is None
            and self.sa == later.sa
            and self.next_seq == later.first_seq
            and 0 <= later.first_us - self.last_us <= TIMEOUT_US
        )

    def covers(self, other: "Part") -> bool:
        """Whether `other` is the same packets, or some of their beginning: it came twice."""
        return (self.sa, self.header, self.first_seq, self.first_us) == (
            other.sa,
            other.header,
            other.first_seq,
            other.first_us,
        ) and self.next_seq >= other.next_seq

    def joined(self, later: "Part") -> "Part":
        """Both as one part."""
        return replace(self, packets=self.packets + later.packets, last_us=later.last_us)

    def store(self) -> StoredPart:
        """As JSON-able members."""
        stored: StoredPart = {
            "sa": self.sa,
            "first_seq": self.first_seq,
            "hex": self.packets.hex(),
            "first_us": self.first_us,
            "last_us": self.last_us,
        }
        return stored if self.header is None else stored | asdict(self.header) | {"packets": self.header.packets}

    @classmethod
    def load(cls, stored: StoredPart) -> "Part":
        """What `store` gave."""
        number = {key: int(value) for key, value in stored.items() if key != "hex"}
        header = None
        if "pgn" in number:
            header = Header(pgn=number["pgn"], size=number["size"], packets=number["packets"])
        return cls(
            sa=number["sa"],
            header=header,
            first_seq=number["first_seq"],
            packets=bytes.fromhex(str(stored["hex"])),
            first_us=number["first_us"],
            last_us=number["last_us"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A finished multi-packet message; at_us is its last packet's stamp."""

    sa: int
    pgn: int
    data: bytes
    at_us: int


@dataclass(frozen=True, slots=True)
class BusFrame:
    """A CM or DT frame to all (destination 255)."""

    at_us: int
    sa: int
    pgn: int
    data: bytes


class Reassembly:
    """The unfinished parts of all terminals: what is adopted, and what runs ahead of the commit."""

    def __init__(self) -> None:
        self._live: dict[str, tuple[Part, ...]] = {}
        self._adopted: dict[str, list[StoredPart]] = {}

    def feed(self, terminal: str, frames: Iterable[BusFrame]) -> tuple[list[Transfer], list[StoredPart] | None]:
        """Run the frames of one message, in stamp order.

        Returns the finished transfers and the terminal's parts as they are now, None when they did not change.
        """
        before = self._live.get(terminal, ())
        desk = _Desk(list(before))
        for frame in frames:
            desk.take(frame)
        desk.close()
        after = tuple(desk.parts[-MAX_PARTS:])
        if after == before:
            return desk.finished, None
        if after:
            self._live[terminal] = after
        else:
            del self._live[terminal]
        return desk.finished, [part.store() for part in after]

    def adopt(self, changed: dict[str, list[StoredPart]]) -> None:
        """These terminals' parts are committed."""
        for terminal, parts in changed.items():
            if parts:
                self._adopted[terminal] = parts
            else:
                self._adopted.pop(terminal, None)

    def roll_back(self) -> None:
        """Back to what was adopted."""
        self._live = {terminal: tuple(map(Part.load, parts)) for terminal, parts in self._adopted.items()}

    def export(self) -> dict[str, list[StoredPart]]:
        """The adopted parts."""
        return dict(self._adopted)

    def restore(self, parts: dict[str, list[StoredPart]]) -> None:
        """Adopt exactly these."""
        self._adopted = {terminal: stored for terminal, stored in parts.items() if stored}
        self.roll_back()


class _Desk:
    """One message's run over a terminal's parts."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.finished: list[Transfer] = []
        self._open: dict[int, Part] = {}
        self._begun: set[int] = set()  # addresses already heard: a headless part can only start a message

    def take(self, frame: BusFrame) -> None:
        """One frame."""
        if len(frame.data) < 8:
            return
        if frame.pgn == CM_PGN:
            self._announce(frame)
        else:
            self._packet(frame)
        self._begun.add(frame.sa)

    def close(self) -> None:
        """The message ends: keep what is open."""
        for part in self._open.values():
            self._keep(part)

    def _announce(self, frame: BusFrame) -> None:
        data = frame.data
        if data[0] != BAM:
            return
        self._leave(frame.sa)
        pgn, size = int.from_bytes(data[5:8], "little"), int.from_bytes(data[1:3], "little")
        header = Header(pgn=pgn, size=size, packets=data[3])
        if MIN_BYTES <= header.size <= MAX_BYTES and header.packets == -(-header.size // PACKET_BYTES):
            at = frame.at_us
            self._open[frame.sa] = Part(sa=frame.sa, header=header, first_seq=1, packets=b"", first_us=at, last_us=at)

    def _packet(self, frame: BusFrame) -> None:
        at, seq = frame.at_us, frame.data[0]
        packet = Part(sa=frame.sa, header=None, first_seq=seq, packets=frame.data[1:8], first_us=at, last_us=at)
        part = self._open.get(frame.sa)
        if part is not None and part.continued_by(packet):
            part = part.joined(packet)
            if part.complete:
                self._open.pop(frame.sa)
                self._finish(part)
            else:
                self._open[frame.sa] = part
            return
        self._leave(frame.sa)
        if frame.sa not in self._begun and seq > 0:
            self._open[frame.sa] = packet

    def _leave(self, sa: int) -> None:
        """The open transfer ends here: an announced one is aborted, the end of an earlier one may fit it."""
        part = self._open.pop(sa, None)
        if part is not None and part.header is None:
            self._keep(part)

    def _keep(self, part: Part) -> None:
        """Join with what fits; finish or store."""
        for stored in self.parts:
            if stored.continued_by(part):
                self.parts.remove(stored)
                part = stored.joined(part)
                break
        for stored in self.parts:
            if part.continued_by(stored):
                self.parts.remove(stored)
                part = part.joined(stored)
                break
        if part.complete:
            self._finish(part)
            return
        if any(stored.covers(part) for stored in self.parts):
            return
        self.parts[:] = [stored for stored in self.parts if not part.covers(stored)]
        self.parts.append(part)

    def _finish(self, part: Part) -> None:
        header = part.header
        if header is not None and part.next_seq == header.packets + 1:
            data = part.packets[: header.size]
            self.finished.append(Transfer(sa=part.sa, pgn=header.pgn, data=data, at_us=part.last_us))
