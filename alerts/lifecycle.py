"""What may become of an alarm (ISA-18.2 / IEC 62682): one visible table, applied compare-and-set in the database.

Two things are kept apart. The condition of the machine (`AlarmState`, from findings) and where the alarm stands with
those who answer for it (`Lifecycle`) move by LINES. Whether it calls anybody at all moves by HOLDS for what people hold
back (shelved, out of service); suppression by design follows the machine (storage/alarm_tending.py), and inhibition the
other alarms of the machine (storage/alarms_write.py). Nothing is both shelved and out of service.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class AlarmState(StrEnum):
    """What the machine's condition is."""

    ACTIVE = "active"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


class Lifecycle(StrEnum):
    """Where an alarm stands with people."""

    NORMAL = "normal"  # nothing is left to do
    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"  # the condition went before anybody had seen it
    LATCHED = "latched"  # the condition is gone, somebody knows, and it stays until it is reset


class Asks(StrEnum):
    """What an alarm asks of people before it is over, by its severity and its rule's choice."""

    NOTHING = "nothing"  # severity info
    ACKNOWLEDGEMENT = "acknowledgement"
    RESET = "reset"  # latching: acknowledgement, then a reset once the condition is gone


class Input(StrEnum):
    """What happens to an alarm: what judging says of its episode now, or what somebody asks for."""

    OPEN = "open"  # the episode holds
    CLOSED = "closed"  # it has ended
    GONE = "gone"  # there never was one: late readings took it back
    SEEN_LIVE = "seen_live"  # live readings show what had been found in late ones alone, and so had called nobody
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"


class TransitionKind(StrEnum):
    """What happened to it; each is a row of alarm_transition and an entry `alarm.<kind>` of the event log."""

    RAISED = "raised"
    REVISED = "revised"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    OUT_OF_SERVICE = "out_of_service"
    RETURNED_TO_SERVICE = "returned_to_service"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    INHIBITED = "inhibited"
    UNINHIBITED = "uninhibited"
    CONFIRMED = "confirmed"  # found in readings that came late, it stands by live ones: it calls
    ESCALATED = "escalated"
    COMMENTED = "commented"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    JUDGED = "judged"
    HANDED_OVER = "handed_over"  # for a visit


@dataclass(frozen=True, slots=True)
class Line:
    """In `before` (None: it comes into being) and asking one of `asks`: `given` leads to `after`, told as `kinds`."""

    before: Lifecycle | None
    given: Input
    asks: frozenset[Asks]
    after: Lifecycle
    kinds: tuple[TransitionKind, ...]


_NEW = None
_NORMAL = Lifecycle.NORMAL
_UNSEEN = Lifecycle.ACTIVE_UNACKNOWLEDGED
_SEEN = Lifecycle.ACTIVE_ACKNOWLEDGED
_RETURNED = Lifecycle.RETURNED_UNACKNOWLEDGED
_LATCHED = Lifecycle.LATCHED
_ANY, _NOTHING = frozenset(Asks), frozenset({Asks.NOTHING})
_RESETS, _NO_RESET = frozenset({Asks.RESET}), frozenset({Asks.NOTHING, Asks.ACKNOWLEDGEMENT})
_SOMETHING = _ANY - _NOTHING
_RAISED, _REVISED, _CLEARED = (TransitionKind.RAISED,), (TransitionKind.REVISED,), (TransitionKind.CLEARED,)
_WITHDRAWN, _ACKNOWLEDGED = (TransitionKind.WITHDRAWN,), (TransitionKind.ACKNOWLEDGED,)
_CONFIRMED = (TransitionKind.CONFIRMED,)

LINES: tuple[Line, ...] = (
    # it comes
    Line(_NEW, Input.OPEN, _ANY, _UNSEEN, _RAISED),
    Line(_NEW, Input.CLOSED, _SOMETHING, _RETURNED, _RAISED + _CLEARED),
    Line(_NEW, Input.CLOSED, _NOTHING, _NORMAL, _RAISED + _CLEARED),
    # it holds, with another start or other codes
    Line(_UNSEEN, Input.OPEN, _ANY, _UNSEEN, _REVISED),
    Line(_SEEN, Input.OPEN, _ANY, _SEEN, _REVISED),
    # it began in readings that came late, and stands
    Line(_UNSEEN, Input.SEEN_LIVE, _ANY, _UNSEEN, _CONFIRMED),
    Line(_SEEN, Input.SEEN_LIVE, _ANY, _SEEN, _CONFIRMED),
    # it is back by late readings: whoever had acknowledged it thinks it gone, so it asks again
    Line(_RETURNED, Input.OPEN, _ANY, _UNSEEN, _REVISED),
    Line(_LATCHED, Input.OPEN, _ANY, _UNSEEN, _REVISED),
    Line(_NORMAL, Input.OPEN, _ANY, _UNSEEN, _REVISED),
    # it goes
    Line(_UNSEEN, Input.CLOSED, _SOMETHING, _RETURNED, _CLEARED),
    Line(_UNSEEN, Input.CLOSED, _NOTHING, _NORMAL, _CLEARED),
    Line(_SEEN, Input.CLOSED, _NO_RESET, _NORMAL, _CLEARED),
    Line(_SEEN, Input.CLOSED, _RESETS, _LATCHED, _CLEARED),
    # it had gone, at another time than was thought
    Line(_RETURNED, Input.CLOSED, _ANY, _RETURNED, _REVISED),
    Line(_LATCHED, Input.CLOSED, _ANY, _LATCHED, _REVISED),
    Line(_NORMAL, Input.CLOSED, _ANY, _NORMAL, _REVISED),
    # it never was
    Line(_UNSEEN, Input.GONE, _ANY, _NORMAL, _WITHDRAWN),
    Line(_SEEN, Input.GONE, _ANY, _NORMAL, _WITHDRAWN),
    Line(_RETURNED, Input.GONE, _ANY, _NORMAL, _WITHDRAWN),
    Line(_LATCHED, Input.GONE, _ANY, _NORMAL, _WITHDRAWN),
    Line(_NORMAL, Input.GONE, _ANY, _NORMAL, _WITHDRAWN),
    # people
    Line(_UNSEEN, Input.ACKNOWLEDGE, _ANY, _SEEN, _ACKNOWLEDGED),
    Line(_RETURNED, Input.ACKNOWLEDGE, _NO_RESET, _NORMAL, _ACKNOWLEDGED),
    Line(_RETURNED, Input.ACKNOWLEDGE, _RESETS, _LATCHED, _ACKNOWLEDGED),
    Line(_LATCHED, Input.RESET, _ANY, _NORMAL, (TransitionKind.RESET,)),
)


class Hold(StrEnum):
    """Why people want an alarm to call nobody, for the machine and source of the alarm, whether it stands or not."""

    SHELVED = "shelved"  # by a person, with a reason, until a time
    OUT_OF_SERVICE = "out_of_service"  # by a person, with a reason, until somebody returns it


SUPPRESSIONS = (*Hold, "by_design")
"""Why an alarm calls nobody: what people hold back, and what follows from the machine's mode or a stopped engine."""


class HoldInput(StrEnum):
    """What changes a hold."""

    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"  # its time is over
    SELL = "sell"  # the machine has another owner: what the seller's side held back calls the buyer's
    TAKE_OUT = "take_out"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class HoldLine:
    """Under `before` (None: no hold): `given` leads to `after`, told as `kind`."""

    before: Hold | None
    given: HoldInput
    after: Hold | None
    kind: TransitionKind


HOLDS: tuple[HoldLine, ...] = (
    HoldLine(None, HoldInput.SHELVE, Hold.SHELVED, TransitionKind.SHELVED),
    HoldLine(Hold.SHELVED, HoldInput.UNSHELVE, None, TransitionKind.UNSHELVED),
    HoldLine(Hold.SHELVED, HoldInput.EXPIRE, None, TransitionKind.UNSHELVED),
    HoldLine(None, HoldInput.TAKE_OUT, Hold.OUT_OF_SERVICE, TransitionKind.OUT_OF_SERVICE),
    HoldLine(Hold.SHELVED, HoldInput.TAKE_OUT, Hold.OUT_OF_SERVICE, TransitionKind.OUT_OF_SERVICE),
    HoldLine(Hold.OUT_OF_SERVICE, HoldInput.RETURN, None, TransitionKind.RETURNED_TO_SERVICE),
    HoldLine(Hold.SHELVED, HoldInput.SELL, None, TransitionKind.UNSHELVED),
    HoldLine(Hold.OUT_OF_SERVICE, HoldInput.SELL, None, TransitionKind.RETURNED_TO_SERVICE),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """The lines as the database looks them up: "<before> <given> <asks>" -> lifecycle, and -> kinds with commas."""

    to: dict[str, str]
    kinds: dict[str, str]


def steps_of(lines: Iterable[Line]) -> Steps:
    """Each line under every key that it is for; `new` stands for no alarm yet."""
    keyed = [(f"{line.before or 'new'} {line.given} {asks}", line) for line in lines for asks in line.asks]
    return Steps({key: line.after for key, line in keyed}, {key: ",".join(line.kinds) for key, line in keyed})


STEPS = steps_of(LINES)
