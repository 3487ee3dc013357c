"""Log lines: one JSON object each, nothing secret in them, no positions."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.logging import clean_text, get_logger, set_up_logging
from app.settings import Settings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    target = io.StringIO()
    set_up_logging(Settings(), "gateway", target)
    yield target
    root.handlers, level = handlers, root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_one_json_object_with_process_level_and_time(stream: io.StringIO) -> None:
    get_logger("gateway.session").info("connected", attempt=3)
    line = json.loads(stream.getvalue())
    assert line["event"] == "connected"
    assert (line["process"], line["level"], line["logger"], line["attempt"]) == (
        "gateway",
        "info",
        "gateway.session",
        3,
    )
    assert line["at"].endswith("Z")


def test_libraries_log_through_the_same_formatter(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("cannot reach %s", "postgresql://ecc_api:hunter2@db/ecc")
    line = json.loads(stream.getvalue())
    assert line["event"] == "cannot reach postgresql://ecc_api:[hidden]@db/ecc"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("password", "hunter2", id="a password"),
        pytest.param("api_key", "hunter2", id="an API key"),
        pytest.param("Authorization", "Bearer hunter2hunter2", id="a header"),
        pytest.param("latitude_deg", 31.2304, id="a latitude"),
        pytest.param("lon", 121.4737, id="a longitude"),
        pytest.param("machine", {"position": [31.2304, 121.4737]}, id="a position inside a mapping"),
        pytest.param("rows", [{"token": "hunter2"}], id="a token inside a list"),
        pytest.param("error", ValueError("password=hunter2"), id="a password inside an error"),
        pytest.param("url", "mqtt://me:hunter2@broker:1883", id="a login in an address"),
    ],
)
def test_secrets_and_positions_never_reach_a_line(stream: io.StringIO, key: str, value: object) -> None:
    get_logger("x").warning("told", **{key: value})
    assert "hunter2" not in stream.getvalue()
    assert "31.2304" not in stream.getvalue()
    assert "121.4737" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "DETAIL:  Failing row contains (7, 2026-11-21 10:00:00+00, 31.2304, 121.4737).",
        'CONTEXT:  COPY reading, line 3, column latitude_deg: "31.2304"',
        '{"latitude_deg": 31.2304}',
    ],
)
def test_rows_that_the_database_repeats_are_hidden(text: str) -> None:
    assert "31.2304" not in clean_text(text)


def test_ordinary_words_stay(stream: io.StringIO) -> None:
    get_logger("x").info("batch committed", rows=2000, key="low_oil_pressure", tokens=12, platform="linux", status="ok")
    line = json.loads(stream.getvalue())
    assert (line["rows"], line["key"], line["tokens"], line["platform"]) == (2000, "low_oil_pressure", 12, "linux")
