"""What stood before: the way back over several switches, as far as they go."""

from collections.abc import Iterable


def before_last(switches: Iterable[tuple[int | None, bool]]) -> int | None:
    """What was in force before what is, of (what was put in force, whether that was a way back), the oldest first.

    A way back undoes one switch forward, so a second one goes further back and never to what the first one left. None
    where nothing was.
    """
    stood: list[int | None] = [None]
    for put, is_way_back in switches:
        if is_way_back and len(stood) > 1:
            stood.pop()
        if stood[-1] != put:
            stood.append(put)
    return stood[-2] if len(stood) > 1 else None
