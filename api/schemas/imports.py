"""How an import went."""

from api.schemas.shape import Shape, example


class ImportReport(Shape):
    """How many were created, changed and already so; of a dry run, would be. Of rosters, rosters are counted."""

    dry_run: bool
    entries: int
    """Lines of the table or features of the map; a roster has several lines."""
    created: int
    updated: int
    unchanged: int

    model_config = example({"dry_run": False, "entries": 12, "created": 10, "updated": 1, "unchanged": 1})
