"""What a live stream is asked for: the conditions on its events and machines, and the place to go on from."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from api.dependencies import Resume
from api.schemas.live import EventKinds, MachineKinds
from api.schemas.shape import SeverityName
from usecases.read_live_filter import MOST_NAMED, AskedFilter
from usecases.read_live_stream import Position

MachineReferences = Annotated[
    list[Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]] | None,
    Query(max_length=MOST_NAMED, description="Only these machines (id or alias); repeat the parameter."),
]


async def _asked(
    *,
    kinds: Annotated[EventKinds | None, Query(description="Only events of these kinds; repeat the parameter.")] = None,
    severity: Annotated[
        list[SeverityName] | None, Query(max_length=5, description="Only events of these severities.")
    ] = None,
    machine: MachineReferences = None,
    site: Annotated[
        list[UUID] | None, Query(max_length=MOST_NAMED, description="Only machines of these sites.")
    ] = None,
    model: Annotated[
        list[UUID] | None, Query(max_length=MOST_NAMED, description="Only machines of these models.")
    ] = None,
    machine_kind: Annotated[MachineKinds | None, Query(description="Only machines of these kinds.")] = None,
    organisation: Annotated[
        list[UUID] | None,
        Query(max_length=MOST_NAMED, description="Only what these organisations, or those below them, may see."),
    ] = None,
) -> AskedFilter:
    return AskedFilter(
        kinds=kinds or (),
        severities=severity or (),
        machines=machine or (),
        sites=site or (),
        models=model or (),
        machine_kinds=machine_kind or (),
        organisations=organisation or (),
    )


async def _resumed(
    last_event_id: Resume = None,
    resume_from: Annotated[
        str | None,
        Query(alias="last_event_id", max_length=64, description="For clients that cannot set the header."),
    ] = None,
) -> Position | None:
    return Position.parse(last_event_id or resume_from)


LiveFilters = Annotated[AskedFilter, Depends(_asked)]
ResumedFrom = Annotated[Position | None, Depends(_resumed)]
