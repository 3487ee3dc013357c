"""The wire contract as types: what msgspec checks, and what docs/schema/*.json is generated from.

Sizes and units are those of docs/wire-contract.md. Members that are not named here are ignored, so that a later
version of v1 may add some.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

MAX_KEY = 64
MAX_UNPROMOTED = 64  # keys of a message that are no signals; they are kept in reading_extra, a row a value
MAX_SAMPLES = 10_000  # of a message
MAX_SEQ = 2**62  # what a range of int8 can end beyond
MAX_ACK_RANGES = 256  # in one ack; more are told in several

_NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, Meta(max_length=2000, pattern=_NO_NUL)]
Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY, pattern=_NO_NUL)]
AttributeKey = Annotated[str, Meta(min_length=1, max_length=MAX_KEY, pattern=r"^[^\x00=]+$")]
Boot = Annotated[str, Meta(max_length=64, description="Names the power cycle of the terminal; no NUL.")]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ, description="+1 per message within a boot, from 0.")]
Milliseconds = Annotated[int, Meta(description="Milliseconds since 1970-01-01T00:00:00Z.")]
Iso = Annotated[
    str,
    Meta(
        description="RFC 3339 with a zone, such as 2026-11-21T10:00:00.000Z.",
        extra_json_schema={"format": "date-time"},
    ),
]
Time = Milliseconds | Iso
Number = float | None


class Lamps(Struct):
    """The four lamps of a DM1."""

    mil: bool = False
    red_stop: bool = False
    amber: bool = False
    protect: bool = False


class Code(Struct):
    """One active diagnostic trouble code."""

    spn: Annotated[int, Meta(ge=0, le=0x7FFFF)]
    fmi: Annotated[int, Meta(ge=0, le=31)]
    sa: Annotated[int, Meta(ge=0, le=255, description="J1939 source address.")] | UnsetType = UNSET
    oc: Annotated[int, Meta(ge=0, le=127, description="Occurrence count; 127 = not available.")] | UnsetType = UNSET


class Faults(Struct):
    """All codes that are active now at the terminal; an empty list says none is."""

    list: list[Code]
    t: Time | UnsetType = UNSET
    lamps: Lamps | UnsetType = UNSET


class Note(Struct):
    """A free event of the machine."""

    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=_NO_NUL)]
    t: Time | UnsetType = UNSET


class Parts(Struct, kw_only=True, gc=False):
    """What may stand beside readings, in a message or in a sample of a list."""

    faults: Faults | UnsetType = UNSET
    sensor_errors: list[Key] | UnsetType = UNSET
    events: list[Note] | UnsetType = UNSET
    attributes: dict[AttributeKey, Text] | UnsetType = UNSET


class Sample(Parts, kw_only=True, gc=False):
    """Readings of one instant."""

    t: Time
    signals: dict[str, Number] | UnsetType = UNSET


Samples = Annotated[list[Sample], Meta(max_length=MAX_SAMPLES)]


class OneSample(Struct, forbid_unknown_fields=True, gc=False):
    """The commonest telemetry and nothing else, for speed; whatever does not fit is tried as Telemetry."""

    t: Milliseconds
    signals: dict[str, Number]
    boot: Boot = ""
    seq: Seq | UnsetType = UNSET


class Telemetry(Parts, kw_only=True, gc=False):
    """One sample ("t", "signals"), a list of samples ("samples"), or only what stands beside readings."""

    boot: Boot = ""
    seq: Seq | UnsetType = UNSET
    t: Time | UnsetType = UNSET
    signals: dict[str, Number] | UnsetType = UNSET
    samples: Samples | UnsetType = UNSET


class Columns(Parts, kw_only=True, gc=False):
    """Samples as columns: every list is as long as "t"."""

    t: Annotated[list[Time], Meta(max_length=MAX_SAMPLES)]
    signals: dict[str, list[Number]]
    boot: Boot = ""
    seq: Seq | UnsetType = UNSET


class Envelope(Struct):
    """What can be saved of a message that does not follow the contract: its place in the ledger."""

    boot: Boot = ""
    seq: Seq | UnsetType = UNSET


class Frame(Struct, gc=False):
    """One CAN frame as it was on the bus."""

    t: Annotated[float, Meta(description="Milliseconds since 1970-01-01T00:00:00Z, fractions allowed.")]
    id: Annotated[int, Meta(ge=0, le=0x1FFFFFFF)]
    ext: Annotated[bool, Meta(description="29-bit identifier; frames with 11 bits are counted, never decoded.")]
    hex: Annotated[str, Meta(max_length=16, description="Up to 8 data bytes, two hex digits each.")]


class Can(Struct, kw_only=True):
    """Raw CAN frames of whole slots."""

    frames: Annotated[list[Frame], Meta(min_length=1)]
    boot: Boot = ""
    seq: Seq | UnsetType = UNSET


class Status(Struct, kw_only=True):
    """The terminal came or went; also its last will."""

    online: bool
    boot: Boot = ""
    t: Time | UnsetType = UNSET


class Ack(Struct, kw_only=True):
    """Platform to machine: what is committed and may be discarded."""

    boot: Boot
    through: Annotated[int, Meta(ge=-1, description="Every seq up to this one is committed; -1: not even seq 0.")]
    ranges: Annotated[
        list[tuple[int, int]],
        Meta(
            max_length=MAX_ACK_RANGES, description="Committed besides, first and last seq each; maybe not all of them."
        ),
    ]
