"""Opaque cursors: where a page ended, as one string that clients hand back unread."""

import base64
import binascii
import json
from collections.abc import Sequence

from fleet.errors import InvalidInput

CursorPart = str | int | None
_MAX_LENGTH = 1000


def encode(parts: Sequence[CursorPart]) -> str:
    """The cursor of these parts."""
    text = json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str | None, *, names: str) -> list[CursorPart] | None:
    """The parts of a cursor of the list and order `names` (its first part); None for None.

    Raises InvalidInput when it is none of ours or belongs to another order.
    """
    if cursor is None:
        return None
    try:
        padded = cursor[:_MAX_LENGTH] + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        json.dumps(parts, ensure_ascii=False).encode()  # half characters, which JSON can say, are no text
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidInput("cursor_foreign", where="cursor") from error
    if not isinstance(parts, list) or not parts or parts[0] != names:
        raise InvalidInput("cursor_of_another_list", where="cursor")
    if not all(p is None or (isinstance(p, str | int) and not isinstance(p, bool)) for p in parts):
        raise InvalidInput("cursor_foreign", where="cursor")
    return parts[1:]
