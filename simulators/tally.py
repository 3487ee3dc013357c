"""What the simulators sent, counted where it is sent: once per PUBLISH that the application makes."""

from dataclasses import asdict, dataclass

from simulators.outbox import UNSEQUENCED, Message


@dataclass(slots=True)
class Tally:
    """Counts of a run. The unit of `published`, `duplicates` and `distinct` is the reading row; a malformed message
    is one row. published = distinct + duplicates, always. What paho or the broker repeats is not counted here.
    """

    published: int = 0  # rows of every PUBLISH, re-sends and planted duplicates included
    distinct: int = 0  # rows published for the first time
    duplicates: int = 0  # rows published again
    malformed: int = 0  # malformed messages, each once
    messages: int = 0  # PUBLISHes of telemetry and CAN
    distinct_messages: int = 0
    planted_duplicates: int = 0  # PUBLISHes planted as duplicates
    resent: int = 0  # PUBLISHes because no commit ack came in time or the connection was lost
    delayed: int = 0  # messages held back on purpose: disorder
    split: int = 0  # samples sent as two messages
    conflicts: int = 0  # samples followed by a different value for the same instant
    connections: int = 0
    acked_messages: int = 0
    bad_acks: int = 0  # commit acks that could not be read

    def count(self, message: Message, *, planted: bool) -> None:
        """Count one PUBLISH of `message`; its `sent` tells whether it is the first."""
        self.published += message.weight
        self.messages += 1
        if message.sent == 0:
            self.distinct += message.weight
            self.distinct_messages += 1
            self.malformed += message.seq == UNSEQUENCED
        else:
            self.duplicates += message.weight
            self.planted_duplicates += planted
            self.resent += not planted

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)
