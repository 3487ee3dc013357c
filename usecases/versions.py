"""From which versions of a thing a change may be made: those that its author names."""

from typing import TypeAlias

from fleet.errors import PreconditionFailed

Versions: TypeAlias = frozenset[int]


def same_version(found: int, wanted: Versions | None) -> int:
    """The version to change from, which is the one found; `wanted` None: whatever it is.

    Raises PreconditionFailed unless it is one of those wanted.
    """
    if wanted is not None and found not in wanted:
        raise PreconditionFailed
    return found
