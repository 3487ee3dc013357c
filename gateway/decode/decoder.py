"""The one entrance to all wire formats: a message goes in, rows, events or a quarantined message come out."""

from collections.abc import Callable
from typing import Protocol

from fleet.batch import Reason
from fleet.signals import Catalogue
from gateway.decode import status
from gateway.decode.builder import BatchBuilder
from gateway.decode.can import CanDecoder, DecodeCounts, first_engine_first, one_second
from gateway.decode.envelope import GZIP_MAGIC, MAX_BYTES, Delivery, Format, Refused, route, unpack
from gateway.decode.native import NativeDecoder, salvage
from gateway.decode.transport import Reassembly, StoredPart

MAX_TOPICS = 200_000  # how many topics are remembered before the memory starts anew


class _Decode(Protocol):
    def __call__(self, builder: BatchBuilder, delivery: Delivery, text: bytes, /) -> None: ...


class Decoder:
    """Decodes deliveries into `BatchBuilder`s. One thread at a time.

    preferred: terminal -> J1939 source addresses, best first, for its model; where several controllers send one SPN the
    best one that has a valid value in the slot wins. Default: SA 0 (engine 1) first, then the lower address.
    slot_s: terminal -> length of a CAN slot in seconds. Default 1.

    Multi-packet CAN messages may span deliveries. Their parts are held here ahead of the commit: call
    `adopt(builder.parts)` after the commit of a batch, and `roll_back()` before the messages of batches that were never
    committed are decoded again.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        preferred: Callable[[str], tuple[int, ...]] = first_engine_first,
        slot_s: Callable[[str], float] = one_second,
    ) -> None:
        self.counts = DecodeCounts()
        self._reassembly = Reassembly()
        can = CanDecoder(catalogue, self._reassembly, self.counts, preferred=preferred, slot_s=slot_s)
        self._formats: dict[Format, _Decode] = {
            Format.TELEMETRY: NativeDecoder(catalogue).decode,
            Format.CAN: can.decode,
            Format.STATUS: status.decode,
        }
        self._routes: dict[str, tuple[str, _Decode | None, int]] = {}

    def decode(  # noqa: PLR0917 - six values a message, positional because this runs once per message
        self,
        builder: BatchBuilder,
        topic: str,
        payload: bytes,
        received_at_us: int,
        redelivered: bool,
        token: object,
    ) -> None:
        """Add one delivery to the batch; whatever is refused is quarantined in it. Raises nothing."""
        found = self._routes.get(topic)
        terminal, decode, limit = self._route(topic) if found is None else found
        delivery = Delivery(terminal, topic, payload, received_at_us, redelivered, token)
        if decode is None:
            delivery.topic = topic.replace("\x00", "\\x00").encode("utf-8", "replace").decode()
            builder.refuse(delivery, Refused(Reason.BAD_TOPIC, f"{delivery.topic!r} is no topic of the wire contract"))
            return
        text = payload
        try:
            if len(payload) > limit or payload[:2] == GZIP_MAGIC:
                text = b""
                text = unpack(payload, limit)
                builder.bytes += len(text)
            decode(builder, delivery, text)
        except Refused as refused:
            builder.refuse(delivery, refused, *salvage(text))

    def adopt(self, parts: dict[str, list[StoredPart]]) -> None:
        """A batch is committed: its `builder.parts` count from now on."""
        self._reassembly.adopt(parts)

    def roll_back(self) -> None:
        """Forget multi-packet state that was never adopted."""
        self._reassembly.roll_back()

    def parts(self) -> dict[str, list[StoredPart]]:
        """The adopted multi-packet state, JSON-able: terminal -> parts. `builder.parts` is one batch's change of it."""
        return self._reassembly.export()

    def restore(self, parts: dict[str, list[StoredPart]]) -> None:
        """Start from the state that `parts` gave."""
        self._reassembly.restore(parts)

    def _route(self, topic: str) -> tuple[str, _Decode | None, int]:
        terminal, named = route(topic)
        if named is None:
            return terminal, None, 0
        if len(self._routes) >= MAX_TOPICS:
            self._routes.clear()
        found = (terminal, self._formats[named], MAX_BYTES[named])
        self._routes[topic] = found
        return found
