"""What readings are asked for, and in which form."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import Depends, Query

from api.dependencies import FromAt, Now, SignalKeys, Signed, ToAt, instant, signal_keys
from api.media import AskedMedia, Media
from fleet.errors import InvalidInput
from usecases.export_readings import EXPORT_ROWS
from usecases.readings_sight import Question, question

_SIGNALS: Final = 20
_POINTS, _MOST_POINTS = 1_000, 20_000


@dataclass(frozen=True, slots=True)
class AskedReadings:
    """A question of some readings; an export streams them as they are kept, however many."""

    question: Question
    media: Media
    is_export: bool


async def _asked(
    *,
    access: Signed,
    now: Now,
    media: AskedMedia,
    from_at: FromAt = None,
    to_at: ToAt = None,
    signals: SignalKeys = None,
    max_points: Annotated[
        int | None,
        Query(
            ge=2,
            le=EXPORT_ROWS,
            description="Points a signal, at most: 1,000 unless told, 20,000 as buckets or JSON, 1,000,000 as raw "
            "Arrow or CSV (and as many unless told).",
        ),
    ] = None,
    resolution: Annotated[
        Literal["auto", "raw"], Query(description="`raw`: the readings themselves, however long the span.")
    ] = "auto",
) -> AskedReadings:
    is_export = resolution == "raw" and media is not Media.JSON
    asked = question(
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        signals=signal_keys(signals, access.catalogue, at_most=_SIGNALS),
        max_points=max_points or (EXPORT_ROWS if is_export else _POINTS),
        resolution="raw" if resolution == "raw" else None,
        now=now,
    )
    if not is_export and asked.max_points > _MOST_POINTS:
        raise InvalidInput("points_too_many", where="max_points", most=_MOST_POINTS)
    return AskedReadings(asked, media, is_export)


ReadingsQuery = Annotated[AskedReadings, Depends(_asked)]
