"""Writes docs/schema/*.json from the msgspec types: `python -m gateway.decode.schema_files`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from gateway.decode.schema import Ack, Can, Columns, Sample, Status, Telemetry

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schema"
_FORMS: dict[str, tuple[type, ...]] = {
    "telemetry": (Telemetry, Columns),
    "can": (Can,),
    "status": (Status,),
    "ack": (Ack,),
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of each topic's payload, by the topic's last part. A telemetry payload is one of three forms."""
    return {name: _schema(name, forms) for name, forms in _FORMS.items()}


def text(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, forms: tuple[type, ...]) -> dict[str, Any]:
    types = (*forms, Sample) if name == "telemetry" else forms
    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    shapes = list(references)
    if name == "telemetry":
        shapes[-1] = {"type": "array", "items": shapes[-1]}
    body = {"anyOf": shapes} if len(shapes) > 1 else shapes[0]
    return {"$schema": _DIALECT, "title": f"ecc/v1/TERMINAL/{name}", **body, "$defs": definitions}


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.json").write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
