"""How an import went."""

from typing import Literal

from api.schemas.shape import Shape, example

MadeKind = Literal["site", "model", "organisation"]


class Made(Shape):
    """Something that an import made beside its own entries."""

    kind: MadeKind
    name: str


class ImportReport(Shape):
    """How many were created, changed and already so; of a dry run, would be. Of rosters, rosters are counted."""

    dry_run: bool
    entries: int
    """Lines of the table or features of the map; a roster has several lines."""
    created: int
    updated: int
    unchanged: int
    made: list[Made]
    """What was made by the way, because machines refer to it."""

    model_config = example(
        {
            "dry_run": False,
            "entries": 12,
            "created": 10,
            "updated": 1,
            "unchanged": 1,
            "made": [{"kind": "site", "name": "North quarry"}],
        }
    )
