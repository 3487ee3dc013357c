"""The event loop's half of the gateway: decode what arrives into the growing batch, hand it over, acknowledge.

While the writer thread commits one batch, the next one grows here. It is handed over when the writer is free and the
batch is large enough (`batch_rows`) or old enough (`batch_age_s`); a writer that just became free takes everything, up
to `batch_rows_limit` rows at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleet.signals import Catalogue
from gateway.decode import BatchBuilder, Decoder
from gateway.session import Delivery, Session, Token

WAITING_LIMIT = 100_000  # messages; more than the Receive Maximum allows, so it bounds messages of QoS 0


@dataclass(frozen=True, slots=True)
class Committed:
    """What the writer thread reports of one batch: tokens to acknowledge and commit acks to publish."""

    tokens: Sequence[Token]
    acks: Sequence[tuple[str, bytes]]


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
        self._submit = submit
        self._builder = BatchBuilder(catalogue)
        self._timer: asyncio.TimerHandle | None = None
        self.writer_free = True
        self._paused = False
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
        if self.writer_free:
            if builder.rows >= self._batch_rows:
                self._hand_over()
            elif self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(self._batch_age_s, self._on_age)
            return
        if builder.rows >= self._batch_rows_limit:
            self._full.append(builder)
            self._builder = BatchBuilder(self._catalogue)
        if self._full and not self._paused:
            self._pause_when_too_much_waits()

    def _pause_when_too_much_waits(self) -> None:
        if self.session is not None and self.waiting_messages >= WAITING_LIMIT:
            self._paused = True
            self.session.pause()

    def on_committed(self, committed: Committed) -> None:
        """Acknowledge a committed batch and give the free writer what has come meanwhile."""
        if self.session is not None:
            self.session.acknowledge(committed.tokens)
            if committed.acks:
                self.session.publish(committed.acks)
        self.writer_free = True
        if self._full or self._builder.messages:
            self._hand_over()
        if self._paused and self.session is not None and self.waiting_messages < WAITING_LIMIT // 2:
            self._paused = False
            self.session.resume()

    def on_connected(self) -> None:
        """A new connection reads from the start, whatever the old one did."""
        self._paused = False

    @property
    def waiting_messages(self) -> int:
        """Messages decoded and not yet handed over."""
        return self._builder.messages + sum(builder.messages for builder in self._full)

    def _on_age(self) -> None:
        self._timer = None
        if self.writer_free and self._builder.messages:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._full:
            builder = self._full.popleft()
        else:
            builder, self._builder = self._builder, BatchBuilder(self._catalogue)
        self.writer_free = False
        self._submit(builder)
