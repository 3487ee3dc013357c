"""How an import went."""

from api.schemas.shape import Shape, example


class ImportReport(Shape):
    """How many entries were created, changed and already so; of a dry run, would be."""

    dry_run: bool
    entries: int
    """Lines of the table or features of the map."""
    created: int
    updated: int
    unchanged: int

    model_config = example({"dry_run": False, "entries": 12, "created": 10, "updated": 1, "unchanged": 1})
