"""The golden files of ISO 15143-3, and what an answer in XML says."""

import os
from datetime import datetime
from pathlib import Path

from usecases.aemp_check.documents import parse_xml

GOLDEN = Path(__file__).parents[1] / "aemp" / "golden"


def in_lines(body: str) -> str:
    """One element a line, so that a difference can be read."""
    return body.replace("><", ">\n<") + "\n"


def compare(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("AEMP_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def records(body: bytes) -> list[tuple[datetime, dict[str, str]]]:
    return [(datetime.fromisoformat(item.at), dict(item.fields)) for item in parse_xml(body).records]


def whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
