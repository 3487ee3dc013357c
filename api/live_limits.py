"""How many live streams a caller, and an organisation, may have open at one process."""

from collections import Counter
from dataclasses import dataclass

from api.settings import ApiSettings
from fleet.errors import EccError, RateLimited

AGAIN_S = 30  # to wait before trying again, unless one closes one sooner


class TooManyStreams(RateLimited):
    """Too many live streams are open; close one before opening another."""

    code = "too_many_streams"

    def __init__(self, reason: str, *, most: int) -> None:
        EccError.__init__(self, reason, most=most)
        self.retry_after_s = AGAIN_S


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose stream it is: a person or a client, in all its sessions, and its organisation."""

    caller: str
    organisation_id: int


class StreamLimits:
    """Counts the open streams of this process. A limit of 0 is none."""

    def __init__(self, settings: ApiSettings) -> None:
        self._per_caller = settings.live_streams_per_caller
        self._per_organisation = settings.live_streams_per_organisation
        self._open: Counter[str | int] = Counter()

    def take(self, holder: Holder) -> None:
        """Count one stream more. Raises TooManyStreams."""
        if 0 < self._per_caller <= self._open[holder.caller]:
            raise TooManyStreams("too_many_streams_of_caller", most=self._per_caller)
        if 0 < self._per_organisation <= self._open[holder.organisation_id]:
            raise TooManyStreams("too_many_streams_of_organisation", most=self._per_organisation)
        self._open.update((holder.caller, holder.organisation_id))

    def give_back(self, holder: Holder) -> None:
        """Count one stream less."""
        for name in (holder.caller, holder.organisation_id):
            self._open[name] -= 1
            if self._open[name] <= 0:
                del self._open[name]
