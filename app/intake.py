"""The event loop's half of the gateway: decode what arrives into the growing batch, hand it over, acknowledge.

While the writer thread commits one batch, the next one grows here. It is handed over when the writer is free and the
batch is large enough (`batch_rows`) or old enough (`batch_age_s`): small commits would cost more than they bring. It
holds up to `batch_rows_limit` rows. When too much waits, because the writer waits for the database, no more is read
from the broker until half of it is committed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.logging import get_logger
from fleet.signals import Catalogue
from gateway.decode import BatchBuilder, Decoder
from gateway.session import Delivery, Session, Token

# Bytes, roughly as they lie in memory. The Receive Maximum bounds neither messages of QoS 0 nor the size of any.
MESSAGE_BYTES = 512  # of a message beside its payload
ROW_BYTES = 512  # of a decoded row
BATCH_BYTES = 32 << 20  # a batch as heavy as this is closed
WAITING_BYTES = 256 << 20  # reading stops when more waits, that at the writer included

log = get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Committed:
    """What the writer thread reports of one batch: tokens to acknowledge."""

    tokens: Sequence[Token]


class Intake:
    """Lives in the event loop's thread. `submit` passes a full builder to the writer thread."""

    def __init__(
        self,
        catalogue: Catalogue,
        decoder: Decoder,
        *,
        batch_rows: int,
        batch_age_s: float,
        batch_rows_limit: int,
        submit: Callable[[BatchBuilder], None],
    ) -> None:
        self._catalogue = catalogue
        self._decoder = decoder
        self._batch_rows = batch_rows
        self._batch_age_s = batch_age_s
        self._batch_rows_limit = batch_rows_limit
        self._full: deque[BatchBuilder] = deque()  # at the limit, waiting for the writer
        self._at_writer = 0  # bytes of the batch that the writer has
        self._unsent: list[tuple[str, bytes]] = []  # commit acks that found no connection
        self._submit = submit
        self._builder = BatchBuilder(catalogue)
        self._timer: asyncio.TimerHandle | None = None
        self._is_old = False  # the growing batch has waited for its age
        self.writer_free = True
        self.session: Session | None = None

    def take(self, delivery: Delivery) -> None:
        """Decode one message into the growing batch; the session's sink."""
        builder = self._builder
        self._decoder.decode(
            builder,
            delivery.topic,
            delivery.payload,
            delivery.received_at_us,
            delivery.redelivered,
            delivery.token,
        )
        builder.bytes += len(delivery.payload) + MESSAGE_BYTES
        if self._timer is None and not self._is_old:
            self._timer = asyncio.get_running_loop().call_later(self._batch_age_s, self._on_age)
        if self.writer_free:
            if builder.rows >= self._batch_rows:
                self._hand_over()
        elif builder.rows >= self._batch_rows_limit or builder.bytes >= BATCH_BYTES:
            builder.finish()  # here and now, while the writer waits for the database
            self._full.append(self._grown())
            self._pause_when_too_much_waits()

    def _pause_when_too_much_waits(self) -> None:
        if self.session is not None and not self.session.paused and self.waiting_bytes >= WAITING_BYTES:
            log.warning("too much waits for the database; reading stops", messages=self.waiting_messages)
            self.session.pause()

    def on_committed(self, committed: Committed) -> None:
        """Acknowledge a committed batch and give the free writer what has come meanwhile."""
        if self.session is not None:
            self.session.acknowledge(committed.tokens)
        self.writer_free = True
        self._at_writer = 0
        if self._full or self._is_old or self._builder.rows >= self._batch_rows:
            self._hand_over()
        if self.session is not None and self.session.paused and self.waiting_bytes < WAITING_BYTES // 2:
            log.info("half of what waited is written; reading goes on")
            self.session.resume()

    def publish(self, acks: Sequence[tuple[str, bytes]]) -> None:
        """Publish commit acks, now or as soon as there is a connection."""
        if self.session is None or not self.session.publish(acks):
            self._unsent += acks

    def on_connected(self) -> None:
        """Publish the commit acks that found no connection."""
        unsent, self._unsent = self._unsent, []
        if unsent:
            self.publish(unsent)

    @property
    def waiting_messages(self) -> int:
        """Messages decoded and not yet handed over."""
        return self._builder.messages + sum(builder.messages for builder in self._full)

    @property
    def waiting_bytes(self) -> int:
        """What is decoded and not yet committed, in bytes of memory, roughly."""
        return self._at_writer + sum(map(_bytes_of, self._full)) + _bytes_of(self._builder)

    def _on_age(self) -> None:
        self._timer = None
        self._is_old = self._builder.messages > 0
        if self._is_old and self.writer_free:
            self._hand_over()

    def _hand_over(self) -> None:
        builder = self._full.popleft() if self._full else self._grown()
        self.writer_free = False
        self._at_writer = _bytes_of(builder)
        self._submit(builder)

    def _grown(self) -> BatchBuilder:
        """The batch that has grown; the next one begins."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._is_old = False
        builder, self._builder = self._builder, BatchBuilder(self._catalogue)
        return builder


def _bytes_of(builder: BatchBuilder) -> int:
    return builder.bytes + builder.rows * ROW_BYTES
