"""Each folder here is one message on the wire (input.bin) and everything that becomes of it (expected.json)."""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.decode.schema_files import FOLDER, schemas, text
from tests.decoding import as_json, decode

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/expected.json"))
TAKEN = [case for case in CASES if not json.loads((case / "expected.json").read_text(encoding="utf-8"))["quarantined"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_becomes_exactly_what_is_written_beside_it(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    topic = expected.pop("topic")
    assert as_json(decode((case / "input.bin").read_bytes(), topic=topic)) == expected


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.name)
def test_what_the_decoder_takes_whole_is_valid_by_the_published_schema(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    payload = (case / "input.bin").read_bytes()
    document = json.loads(gzip.decompress(payload) if payload.startswith(b"\x1f\x8b") else payload)
    schema = json.loads((FOLDER / (expected["topic"].rsplit("/", 1)[1] + ".json")).read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_published_schemas_are_those_of_the_types(name: str) -> None:
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == text(schema), (
        "run python -m gateway.decode.schema_files"
    )
