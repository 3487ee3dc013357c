"""`python -m api.export_openapi [FILE]`: the OpenAPI document, for the console's typed client."""

import json
import sys
from pathlib import Path

from api.app import create_app
from api.openapi import full
from api.settings import ApiSettings


def document() -> str:
    """The OpenAPI document as stable, indented JSON."""
    app = create_app(ApiSettings(database_url="", session_secret="x" * 32))
    return json.dumps(full(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> None:
    """Write the document to the file named first, or to standard output."""
    if arguments:
        Path(arguments[0]).write_text(document(), encoding="utf-8")
    else:
        sys.stdout.write(document())


if __name__ == "__main__":
    main(sys.argv[1:])
