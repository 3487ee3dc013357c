"""Send quarantined messages again over MQTT, where they belong: after a terminal was registered, or with a time offset.

A whole message goes again byte for byte. Of a message of which only single rows were refused, those rows go again
as a message of their own (its boot names the replay), so that the ledger of the original stays exact.
"""

import gzip
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from fleet.errors import InvalidInput

_Aware = Annotated[datetime, msgspec.Meta(tz=True)]


def replay_message(payload: bytes, rows: Sequence[int], *, offset_ms: int, replay_id: UUID, number: int) -> bytes:
    """The payload to publish for one quarantined message.

    `rows`: the sample indices that were refused, empty for the whole message. `offset_ms` is added to every time.
    Raises InvalidInput when an offset or single rows are asked of a payload that is not JSON of the contract.
    """
    if not rows and offset_ms == 0:
        return payload
    text = gzip.decompress(payload) if payload[:2] == b"\x1f\x8b" else payload
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The message is not JSON ({error}); it can only be replayed as it is.") from None
    if isinstance(message, list):
        message = {"samples": message}
    if not isinstance(message, dict):
        raise InvalidInput("The message is not an object; it can only be replayed as it is.")
    chosen = _rows_of(message, set(rows)) if rows else message
    shifted = _shifted(chosen, offset_ms)
    return msgspec.json.encode({**shifted, "boot": f"replay-{replay_id}", "seq": number})


def _rows_of(message: dict[str, Any], rows: set[int]) -> dict[str, Any]:
    """Only the samples of `rows`; what belongs to the message as a whole was kept the first time."""
    if "frames" in message:
        return message
    if "samples" in message:
        return {"samples": [sample for i, sample in enumerate(message["samples"]) if i in rows]}
    if isinstance(message.get("t"), list):
        keep = [i for i in range(len(message["t"])) if i in rows]
        signals = {key: [column[i] for i in keep] for key, column in message["signals"].items()}
        return {"t": [message["t"][i] for i in keep], "signals": signals}
    return {key: message[key] for key in ("t", "signals", "sensor_errors") if key in message}


def _shifted(node: Any, offset_ms: int) -> Any:
    """The same JSON with `offset_ms` added to every "t"; ISO texts become milliseconds."""
    if isinstance(node, list):
        return [_shifted(item, offset_ms) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _time(value, offset_ms) if key == "t" else _shifted(value, offset_ms) for key, value in node.items()}


def _time(value: Any, offset_ms: int) -> Any:
    if isinstance(value, list):
        return [_time(item, offset_ms) for item in value]
    if isinstance(value, str):
        try:
            instant = msgspec.json.decode(msgspec.json.encode(value), type=_Aware)
        except msgspec.ValidationError:
            raise InvalidInput(f"The time {value!r} cannot be shifted.") from None
        return round(instant.timestamp() * 1000) + offset_ms
    return value + offset_ms if isinstance(value, int | float) else value
