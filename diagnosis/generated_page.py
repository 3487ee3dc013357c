"""A page of docs/ that is made from what ships: written, or compared with what stands there."""

from collections.abc import Sequence
from pathlib import Path


def written_or_checked(page: str, target: Path, arguments: Sequence[str]) -> int:
    """Write the page; with --check among the arguments only say whether it stands there: 0 when it does, else 1."""
    if "--check" in arguments:
        return 0 if target.exists() and target.read_text(encoding="utf-8") == page else 1
    target.write_text(page, encoding="utf-8")
    return 0
