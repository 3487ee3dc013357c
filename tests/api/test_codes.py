"""Units and code lists: every code that the platform uses has its words, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.lifecycle import TransitionKind
from api.codes import LISTS, words
from api.problems import TABLE
from fleet.signals import packaged_catalogue
from tests.api.generated import DOCUMENT
from usecases.event_log_kinds import KINDS

pytestmark = pytest.mark.asyncio(loop_scope="module")
OF_THE_DATABASE = {"machine_kinds", "problem_codes"}  # these carry their own words


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_every_code_has_words_and_no_words_are_left_over(name):
    texts = words()["list"][name]
    assert set(texts) - {"_"} == set(LISTS[name]())
    assert all(text["zh"] and text["en"] for text in texts.values())


def enumerations(schema: Any, where: str) -> Iterator[tuple[str, list[str]]]:
    """Every choice of texts in a schema, with where it stands."""
    if isinstance(schema, dict):
        if all(isinstance(value, str) for value in schema.get("enum", [1])):
            yield where, schema["enum"]
        for name, part in schema.items():
            yield from enumerations(part, f"{where}.{name}")
    elif isinstance(schema, list):
        for part in schema:
            yield from enumerations(part, where)


ENUMERATIONS = dict(enumerations(DOCUMENT["components"]["schemas"], ""))


@pytest.mark.parametrize("where", ENUMERATIONS)
async def test_every_choice_of_a_body_or_an_answer_is_a_code_list_or_part_of_one(where):
    lists = [frozenset(codes()) for codes in LISTS.values()]
    assert any(codes >= set(ENUMERATIONS[where]) for codes in lists), "add it to api/codes.py and fleet/codes.toml"


async def test_every_kind_that_is_written_to_the_event_log_is_known():
    storage = Path(__file__).parents[2] / "storage"
    logging = [text for file in storage.glob("*.py") if "INSERT INTO event_log" in (text := file.read_text("utf-8"))]
    kinds = re.compile(r"['\"]((?:alarm|alarm_flood|webhook)\.[a-z]+)['\"]")
    written = {kind for text in logging for kind in kinds.findall(text)}
    assert len(logging) >= 3
    assert {"alarm_flood.began", "webhook.paused"} <= written <= set(KINDS)
    assert {f"alarm.{kind}" for kind in TransitionKind} <= set(KINDS)


async def test_every_list_is_served_in_the_language_asked_for(clients):
    async with clients.of("owner", **{"accept-language": "zh"}) as http:
        lists = (await http.get("/api/v1/codes")).json()["items"]
        assert {entry["id"] for entry in lists} == set(LISTS) | OF_THE_DATABASE
        for entry in lists:
            answer = (await http.get(f"/api/v1/codes/{entry['id']}")).json()
            assert answer["name"] == answer["zh"] == entry["zh"]
            assert answer["items"], entry["id"]
            assert all(item["name"] == item["zh"] for item in answer["items"])
        problems = (await http.get("/api/v1/codes/problem_codes")).json()["items"]
        assert {item["code"] for item in problems} == set(TABLE)
    async with clients.of("owner", **{"accept-language": "en"}) as http:
        kinds = (await http.get("/api/v1/codes/machine_kinds")).json()["items"]
        assert {"code": "excavator", "name": "Excavator", "zh": "挖掘机", "en": "Excavator"} in kinds
        assert (await http.get("/api/v1/codes/nothing")).json()["code"] == "not_found"


async def test_units_cover_the_catalogue(clients):
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/units")
        units = {unit["code"]: unit for unit in answer.json()["items"]}
        assert {signal.unit for signal in packaged_catalogue()} <= {code for code in units if units[code]["quantity"]}
        assert units["kPa"] == {
            "code": "kPa",
            "name": "kilopascal",
            "zh": "千帕",
            "en": "kilopascal",
            "quantity": "pressure",
            "suffix": "kpa",
        }
        again = await http.get("/api/v1/units", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_suffixes_are_how_names_of_signals_end():
    suffixes = {code: text["suffix"] for code, text in words()["unit"].items()}
    for signal in packaged_catalogue():
        if signal.unit not in {"1", "deg"}:
            assert signal.key.endswith(f"_{suffixes[signal.unit]}"), signal.key
