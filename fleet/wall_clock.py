"""Wall clocks: which instant a local date and time means, in every zone and over every change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from fleet.errors import InvalidInput

MINUTES_A_DAY = 1440
_SECOND = timedelta(seconds=1)
_OF_NO_PLACE = {"localtime", "Factory", "posixrules"}  # what the machine it runs on is set to, or nothing


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones() - _OF_NO_PLACE)


def get_zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises InvalidInput when there is none."""
    if name not in _known():
        raise InvalidInput("zone_unknown", found=name)
    return ZoneInfo(name)


def first_instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the clocks of `zone` show `minute` of `day` or later.

    `minute` counts from midnight and may pass 1440, into the days after. A time that the clocks skip is the instant
    of the change; one that comes twice is the first. So what ends and what begins at the same time of day meet
    without a gap and without an overlap.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    early = wall.replace(tzinfo=zone).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # Skipped: fold 1 takes the offset after the change and falls before it, fold 0 the other way round.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after


def minute_of(text: str) -> int:
    """Minutes since midnight of "HH:MM", "24:00" included. Raises InvalidInput otherwise."""
    hours, colon, minutes = text.partition(":")
    if colon and len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit():
        minute = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and minute <= MINUTES_A_DAY:
            return minute
    raise InvalidInput("time_of_day_unreadable", found=text)


def text_of(minute: int) -> str:
    """The "HH:MM" of minutes since midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"


def end_minute(start: int, end: int) -> int:
    """The end of a span that begins at minute `start`: one that is not after it belongs to the next day."""
    return end if end > start else end + MINUTES_A_DAY
