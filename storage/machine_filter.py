"""Which machines a list holds, and what its statements are given for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFilter:
    """Which machines a list holds; None is no condition. An organisation's are its own and those below it."""

    q: str | None = None
    kind: str | None = None
    online: bool | None = None
    has_open_alarm: bool | None = None
    severity: str | None = None  # of the worst open alarm
    organisation: UUID | None = None
    site: UUID | None = None
    model: UUID | None = None
    mode: str | None = None

    @property
    def shape(self) -> "MachineFilter":
        """What is asked, without the values that statements take as parameters."""
        asked = {name: value for name, value in _ASKED.items() if getattr(self, name) is not None}
        has_open_alarm = None if self.severity is not None and self.has_open_alarm else self.has_open_alarm
        return replace(self, has_open_alarm=has_open_alarm, **asked)  # whose worst alarm is named has one


EVERY = MachineFilter()
_ASKED: Mapping[str, Any] = dict.fromkeys(("q", "kind", "severity", "mode"), "") | dict.fromkeys(
    ("organisation", "site", "model"), UUID(int=0)
)


def parameters_of(wanted: MachineFilter, *, now: datetime) -> dict[str, Any]:
    """The parameters of the filter's conditions."""
    return {
        "now": now,
        "q": wanted.q and wanted.q.lower(),
        "kind": wanted.kind,
        "severity": wanted.severity,
        "organisation": wanted.organisation,
        "site": wanted.site,
        "model": wanted.model,
        "mode": wanted.mode,
    }
