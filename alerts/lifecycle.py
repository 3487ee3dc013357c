"""What may become of an alarm: one visible table, applied compare-and-set in the database."""

from dataclasses import dataclass
from enum import StrEnum


class AlarmState(StrEnum):
    """Where an alarm stands."""

    ACTIVE = "active"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


class TransitionKind(StrEnum):
    """What happened to it; each is a row of alarm_transition."""

    RAISED = "raised"
    REVISED = "revised"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Step:
    """From any of `expected` to `state`, told as `kinds`; no `expected`: the alarm comes into being."""

    expected: tuple[AlarmState, ...]
    state: AlarmState
    kinds: tuple[TransitionKind, ...]


_EITHER = (AlarmState.ACTIVE, AlarmState.CLEARED)

# (recorded episode is open, judged episode is open) -> step; None: there is no such episode.
STEPS: dict[tuple[bool | None, bool | None], Step] = {
    (None, True): Step((), AlarmState.ACTIVE, (TransitionKind.RAISED,)),
    (None, False): Step((), AlarmState.CLEARED, (TransitionKind.RAISED, TransitionKind.CLEARED)),
    (True, True): Step(_EITHER, AlarmState.ACTIVE, (TransitionKind.REVISED,)),
    (True, False): Step(_EITHER, AlarmState.CLEARED, (TransitionKind.CLEARED,)),
    (False, True): Step(_EITHER, AlarmState.ACTIVE, (TransitionKind.REVISED,)),
    (False, False): Step(_EITHER, AlarmState.CLEARED, (TransitionKind.REVISED,)),
    (True, None): Step(_EITHER, AlarmState.WITHDRAWN, (TransitionKind.WITHDRAWN,)),
    (False, None): Step(_EITHER, AlarmState.WITHDRAWN, (TransitionKind.WITHDRAWN,)),
}


def step_for(before_open: bool | None, after_open: bool | None) -> Step:
    """The step from an episode's recorded to its judged form; None: there is none. KeyError on (None, None)."""
    return STEPS[before_open, after_open]
