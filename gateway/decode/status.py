"""Status messages: a terminal came or went."""

import msgspec
from msgspec import UNSET

from fleet.batch import EventKind, Reason
from gateway.decode.builder import BatchBuilder, Event
from gateway.decode.envelope import Delivery, Refused
from gateway.decode.native import JSON_ERRORS, position, refusal
from gateway.decode.schema import Status
from gateway.decode.times import instant_us

_STATUS = msgspec.json.Decoder(Status)


def decode(builder: BatchBuilder, delivery: Delivery, text: bytes) -> None:
    """Add one STATUS event; a last will carries no time, so it counts from its arrival. Raises Refused."""
    try:
        status = _STATUS.decode(text)
    except JSON_ERRORS as error:
        raise refusal(error) from None
    boot, seq = position(status.boot, UNSET)
    at_us = delivery.received_at_us if status.t is UNSET else instant_us(status.t)
    if at_us is None:
        raise Refused(Reason.BAD_TIME, "t is neither integer milliseconds nor RFC 3339 with a zone")
    builder.add_events(
        builder.add_message(delivery, boot, seq, 0), [Event(at_us, EventKind.STATUS, value=int(status.online))]
    )
