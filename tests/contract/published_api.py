"""The published document of /api/v1 and what the code serves now.

python -m tests.contract.published_api                      what has changed for the worse; exit 1 if anything has
python -m tests.contract.published_api --update             publish the present document, when nothing breaks
python -m tests.contract.published_api --update --breaking  also when something breaks: a decision for a new version
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from api.export_openapi import document
from tests.contract.api_changes import breaking_changes

PUBLISHED = Path(__file__).with_name("openapi-v1.json")


def broken() -> list[str]:
    """What the present API breaks of the published one."""
    return breaking_changes(json.loads(PUBLISHED.read_text("utf-8")), json.loads(document()))


def main(arguments: list[str]) -> int:
    """Say what breaks; write the document when that is wanted and allowed."""
    found = broken() if PUBLISHED.exists() else []
    sys.stdout.writelines(f"{sentence}\n" for sentence in found)
    if "--update" not in arguments or (found and "--breaking" not in arguments):
        return 1 if found else 0
    PUBLISHED.write_text(document(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
