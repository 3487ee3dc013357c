"""Where a machine went, and its readings as they come."""

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

_TRIP = {
    "from_at": AT,
    "to_at": "2026-11-21T10:14:00Z",
    "start": {"latitude_deg": 31.2304, "longitude_deg": 121.4737},
    "end": {"latitude_deg": 31.2519, "longitude_deg": 121.4981},
    "distance_m": 4310.5,
    "driving_s": 780.0,
    "is_heard": True,
    "latitude_deg": [31.2304, 31.2417, 31.2519],
    "longitude_deg": [121.4737, 121.4802, 121.4981],
}


class Place(Shape):
    """A place, WGS 84."""

    latitude_deg: float
    longitude_deg: float


class Trip(Shape):
    """Movement between two places where the machine stood for 5 minutes or more; times are to the minute."""

    from_at: Instant
    to_at: Instant
    start: Place
    end: Place
    distance_m: float
    """Along one position a minute: what that cuts of bends is missing."""
    driving_s: float
    """Of its minutes those in which it came on at 0.5 m/s or more."""
    is_heard: bool
    """False: it was moved while nothing was heard of it for 10 minutes or more, and the line is straight."""
    latitude_deg: list[float]
    """The way, simplified to within 5 m; parallel to `longitude_deg`."""
    longitude_deg: list[float]

    model_config = example(_TRIP)


class Trips(Shape):
    """The trips of a machine in a span (from <= t < to), in order."""

    machine_id: UuidText
    from_at: Instant
    to_at: Instant
    bucket_s: float | None
    """How far apart the positions are that the lines are drawn from; null: every position that was reported."""
    positions: int
    """How many those are."""
    items: list[Trip]
    distance_m: float
    driving_s: float
    is_withheld: bool
    """True when the exact places of some of the span are not the caller's to see; nothing is told of that time."""
    pending: bool
    """True while late readings in this span still wait to be rolled up; ask again later."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "from_at": AT,
            "to_at": "2026-11-21T16:00:00Z",
            "bucket_s": None,
            "positions": 21_600,
            "items": [_TRIP],
            "distance_m": 4310.5,
            "driving_s": 780.0,
            "is_withheld": False,
            "pending": False,
        }
    )


class WatchedSignal(Shape):
    """One signal, parallel to the answer's readings."""

    unit: str
    values: list[float | None]
    """Null where this reading did not carry the signal."""


class Watched(Shape):
    """Readings as they came, in order of measuring, with every signal but the place."""

    machine_id: UuidText
    at: list[Instant]
    """When each was measured."""
    received_at: list[Instant]
    """When the platform took each; the latest is what to ask on from."""
    signals: dict[str, WatchedSignal]
    """By signal key; those that some of these readings carried."""
    truncated: bool
    """True when there were more than `limit`: the newest are here."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "at": [AT],
            "received_at": ["2026-11-21T10:00:00.412Z"],
            "signals": {"engine_speed_rpm": {"unit": "rpm", "values": [1800.0]}},
            "truncated": False,
        }
    )
