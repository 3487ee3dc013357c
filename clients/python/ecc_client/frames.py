"""Server-Sent Events, line by line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ecc_client import models
from ecc_client.errors import BadAnswer

_MODELS: dict[str, type[BaseModel]] = {
    "machines": models.LiveMachines,
    "alarm": models.LiveAlarm,
    "entry": models.LiveEntry,
    "reset": models.LiveReset,
}
SILENT = frozenset({"hello", "place", "end"})


@dataclass(frozen=True, slots=True)
class Event:
    """One frame of the live stream: `event` is machines, alarm, entry or reset; `id` is the place to resume from."""

    event: str
    id: str | None
    data: dict[str, Any]

    @property
    def content(self) -> BaseModel | None:
        """The data as a LiveMachines, LiveAlarm, LiveEntry or LiveReset; None for an event that is not known here."""
        model = _MODELS.get(self.event)
        return model.model_validate(self.data) if model else None


class Frames:
    """Lines in, events out. `last_id` is the newest place: give it back as Last-Event-ID."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self.retry_s: float | None = None
        self._fields: dict[str, list[str]] = {}

    def begin(self) -> None:
        """Forget half of a frame: a new line begins."""
        self._fields = {}

    def take(self, line: str) -> Event | None:
        """The event that this line completes, if any; comments are heartbeats."""
        if line == "":
            return self._finished()
        name, _, value = line.partition(":")
        if name:
            self._fields.setdefault(name, []).append(value.removeprefix(" "))
        return None

    def _finished(self) -> Event | None:
        fields, self._fields = self._fields, {}
        if "retry" in fields and fields["retry"][-1].isdecimal():
            self.retry_s = int(fields["retry"][-1]) / 1000
        place = fields["id"][-1] if "id" in fields else None
        if "data" not in fields:
            return None
        try:
            data = json.loads("\n".join(fields["data"]))
        except ValueError as error:
            raise BadAnswer("A frame of the live stream cannot be read.") from error
        event = Event(fields.get("event", ["message"])[-1], place, data)
        if event.event == "end":
            place = data.get("last_event_id") or None
        self.last_id = place or self.last_id
        return event
