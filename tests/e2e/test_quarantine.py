"""What was refused is listed, shown, and sent again over the real broker; then it is kept, or refused again."""

import gzip
import json
import time
from collections import Counter

import psycopg
import pytest
from rich.cells import cell_len

from tests.e2e.stack import Stack, eventually

ROWS = "SELECT count(*) FROM reading"
WAITING = "SELECT count(*) FROM quarantine WHERE replayed_at IS NULL"
ENTRIES = "SELECT count(*) FROM quarantine"
HOUR_MS = 3_600_000

FLEET = """pin,name,model,kind,terminal
PIN-1,Digger 1,D-1,excavator,TERM-1
"""


def now_ms() -> int:
    return int(time.time() * 1000)


def sample(at_ms: int, seq: int, boot: str = "b1", **more: object) -> dict[str, object]:
    return {"boot": boot, "seq": seq, "t": at_ms, "signals": {"engine_speed_rpm": 900 + seq}, **more}


def telemetry(terminal: str) -> str:
    return f"ecc/v1/{terminal}/telemetry"


def quarantined(stack: Stack, count: int) -> None:
    assert eventually(lambda: stack.value(WAITING) == count), stack.rows(
        "SELECT terminal, boot, seq, row_no, reason, detail, replayed_at FROM quarantine"
    )


@pytest.fixture
def strict(stack: Stack) -> Stack:
    """A gateway that registers nobody by itself."""
    stack.gateway.start(ECC_AUTO_REGISTER="false")
    return stack


def test_an_unknown_terminals_messages_are_kept_once_its_machine_is_imported(strict: Stack) -> None:
    began = now_ms() - 10_000
    strict.publish(telemetry("TERM-1"), *(sample(began + seq * 1000, seq) for seq in range(5)))
    strict.publish(telemetry("TERM-1"), {"t": began + 9_000, "signals": {"engine_speed_rpm": 1234}})  # names no seq
    quarantined(strict, 6)
    listed = strict.ecc("quarantine", "list").stdout
    assert "TERM-1" in listed
    assert "6 unknown_terminal: register the terminal" in listed

    again = strict.ecc("quarantine", "replay", "--all", check=False)
    assert "0 kept" in again.stdout, again.stdout + again.stderr
    assert "6 refused again as unknown_terminal" in again.stdout
    assert strict.value(WAITING) == 6

    machines = strict.directory / "machines.csv"
    machines.write_text(FLEET)
    strict.ecc("fleet", "import", str(machines))
    done = strict.ecc("quarantine", "replay", "--reason", "unknown_terminal")
    assert done.stdout == "6 messages (6 entries) sent again:\n      6 kept\n"
    assert strict.rows("SELECT engine_speed_rpm FROM reading ORDER BY measured_at") == [
        (900.0,), (901.0,), (902.0,), (903.0,), (904.0,), (1234.0,)
    ]  # fmt: skip
    assert strict.rows("SELECT boot, through, rows_committed FROM ledger WHERE boot = 'b1'") == [("b1", 4, 5)]
    assert strict.value(WAITING) == 0
    assert "Nothing to send again" in strict.ecc("quarantine", "replay", "--all").stdout
    assert "Nothing waits in quarantine." in strict.ecc("quarantine", "list").stdout


def test_rows_of_a_clock_that_is_ahead_are_kept_with_an_offset(stack: Stack) -> None:
    stack.gateway.start()
    now = now_ms() // 1000 * 1000
    good, ahead = now - 20_000, now + 8 * HOUR_MS
    stack.publish(
        telemetry("AHEAD"),
        {
            "boot": "b1",
            "seq": 0,
            "samples": [
                {"t": good, "signals": {"engine_speed_rpm": 700}},
                {"t": ahead - 10_000, "signals": {"engine_speed_rpm": 800}},
                {"t": ahead - 9_000, "signals": {"engine_speed_rpm": 801}},
            ],
            "faults": {"list": [{"spn": 100, "fmi": 1}]},
        },
        sample(ahead - 8_000, 1),
    )
    quarantined(stack, 3)
    assert stack.value(ROWS) == 1
    refused = stack.ecc("quarantine", "replay", "--all", "--offset", "-8h", check=False)
    assert refused.returncode == 2
    assert "--reason" in refused.stderr

    done = stack.ecc("quarantine", "replay", "--reason", "clock_future", "--offset", "-8h")
    assert done.stdout == "2 messages (3 entries) sent again:\n      2 kept\n"
    rows = stack.rows(
        "SELECT (extract(epoch FROM measured_at) * 1000)::bigint, engine_speed_rpm FROM reading ORDER BY 1"
    )
    assert rows == [(good, 700.0), (now - 10_000, 800.0), (now - 9_000, 801.0), (now - 8_000, 901.0)]
    faults = stack.rows("SELECT (extract(epoch FROM measured_at) * 1000)::bigint, spn FROM event WHERE kind = 1")
    assert faults == [(now - 9_000, 100)]
    ledger = stack.rows("SELECT boot, messages, rows_committed, rows_quarantined FROM ledger ORDER BY boot")
    assert ledger[0] == ("b1", 2, 1, 3)
    assert ledger[1][1:] == (2, 3, 0)
    assert ledger[1][0].startswith("replay-")


def test_a_wrong_offset_is_refused_again_and_a_right_one_then_helps(stack: Stack) -> None:
    stack.gateway.start()
    now = now_ms()
    stack.publish(telemetry("AHEAD"), sample(now + 8 * HOUR_MS, 0), sample(now + 8 * HOUR_MS + 1, 1))
    quarantined(stack, 2)
    for entries in (4, 4, 4):
        done = stack.ecc("quarantine", "replay", "--reason", "clock_future", "--offset", "-1min")
        assert "2 refused again as clock_future" in done.stdout, done.stdout
        assert (stack.value(WAITING), stack.value(ENTRIES)) == (2, entries)
    stack.ecc("quarantine", "replay", "--reason", "clock_future", "--offset=-8h")
    assert (stack.value(WAITING), stack.value(ROWS)) == (0, 2)


MALFORMED = [
    ("telemetry", b'{"t": 17', "malformed_json"),
    ("telemetry", b'{"boot": "b1", "seq": 3, "t": "yesterday", "signals": {}}', "bad_time"),
    ("telemetry", b'{"boot": "b1", "seq": 4, "t": true}', "schema"),
    ("telemetry", b'{"t": true}', "schema"),
    ("can", b"\x1f\x8b\x08broken", "bad_gzip"),
]


def test_what_is_malformed_is_refused_again_and_the_quarantine_does_not_grow(stack: Stack) -> None:
    stack.gateway.start()
    for topic, payload, _ in MALFORMED:
        stack.publish(f"ecc/v1/BAD/{topic}", payload)
    quarantined(stack, 5)
    for _ in range(3):
        done = stack.ecc("quarantine", "replay", "--all")
        for reason, count in Counter(reason for *_, reason in MALFORMED).items():
            assert f"{count} refused again as {reason}" in done.stdout, done.stdout
        assert (stack.value(WAITING), stack.value(ENTRIES)) == (5, 5)


def test_one_entry_is_shown_with_its_payload_readable(stack: Stack) -> None:
    stack.gateway.start()
    stack.publish(telemetry("SHOW"), gzip.compress(b'{"t": true, "signals": {"note": "\xe6\x9c\xba\xc2\x9b"}}'))
    stack.publish(telemetry("SHOW"), b"\x00\x01binary\xff")
    quarantined(stack, 2)
    ids = dict(stack.rows("SELECT reason, quarantine_id::text FROM quarantine"))
    readable = stack.ecc("quarantine", "show", ids["schema"]).stdout
    assert '"note": "机\\u009b"' in readable
    assert "gzip" in readable
    assert (
        "00000000  00 01 62 69 6e 61 72 79 ff                       ..binary."
        in stack.ecc("quarantine", "show", ids["malformed_json"]).stdout
    )
    unknown = stack.ecc("quarantine", "show", "0190163d-8694-739b-aea5-966c26f8ad90", check=False)
    assert (unknown.returncode, "There is no quarantine entry" in unknown.stderr) == (2, True)


def test_the_list_fits_a_terminal_and_says_how_much_is_left(stack: Stack) -> None:
    stack.gateway.start()
    pin = "CAT0320DPYBH12345"
    for number in range(12):
        stack.publish(telemetry(pin), {"boot": "b1", "seq": number, "t": True})
    stack.publish(
        telemetry(pin), {"boot": "b1", "seq": 12, "samples": [{"t": "x", "signals": {}}, sample(now_ms(), 0)]}
    )
    quarantined(stack, 13)
    stack.rows("UPDATE quarantine SET detail = detail || ' 机器' || repeat('.', 400) RETURNING 1")

    lines = stack.ecc("quarantine", "list", "--limit", "10", COLUMNS="80").stdout.splitlines()
    assert lines[0].split() == ["id", "received", "UTC", "terminal", "reason", "detail"]
    entries = lines[1:11]
    assert {cell_len(line) for line in entries} == {80}
    assert all(pin in line and line.endswith("…") for line in entries)
    assert "3 older ones: --skip 10" in lines[11]
    assert any("row 0: " in line and "bad_time" in line for line in entries)
    rest = stack.ecc("quarantine", "list", "--skip", "10", COLUMNS="80").stdout.splitlines()
    assert len({line.split()[0] for line in entries + rest[1:4]}) == 13
    assert rest[4] == ""

    wide = stack.ecc("quarantine", "list", COLUMNS="140").stdout.splitlines()
    assert {cell_len(line) for line in wide[1:14]} == {140}
    assert any("b1/12 row 0" in line for line in wide[1:14])
    piped = stack.ecc("quarantine", "list", COLUMNS="").stdout.splitlines()
    assert all(len(line) > 400 and not line.endswith("…") for line in piped[1:14])

    listed = json.loads(stack.ecc("quarantine", "list", "--json", "--limit", "2").stdout)
    assert (len(listed["items"]), listed["in_all"], listed["waiting"]) == (2, 13, {"schema": 12, "bad_time": 1})
    first = listed["items"][0]["quarantine_id"]
    for short in (first[-8:], first[:30], first.upper(), entries[0].split()[0]):
        assert first in stack.ecc("quarantine", "show", short).stdout
    ambiguous = stack.ecc("quarantine", "show", first[:4], check=False)
    assert (ambiguous.returncode, "is not unambiguous" in ambiguous.stderr) == (2, True)
    none = stack.ecc("quarantine", "show", "%_%_", check=False)
    assert (none.returncode, "is no id" in none.stderr) == (2, True)
    assert "1 messages (1 entries)" in stack.ecc("quarantine", "replay", first[-8:]).stdout


def test_a_thousand_are_sent_again_with_one_line_an_outcome(strict: Stack) -> None:
    began = now_ms() - 2_000_000
    topic = telemetry("TERM-1")
    strict.publish(topic, *(sample(began + seq * 1000, seq) for seq in range(1000)))
    strict.publish(telemetry("TERM-2"), sample(began, 0), b"\x00{", sample(began + 1000, 1))
    quarantined(strict, 1003)
    machines = strict.directory / "machines.csv"
    machines.write_text(FLEET)
    strict.ecc("fleet", "import", str(machines))
    done = strict.ecc("quarantine", "replay", "--all", check=False)
    assert done.stdout.splitlines() == [
        "1,003 messages (1,003 entries) sent again:",
        "  1,000 kept",
        "      2 refused again as unknown_terminal; they wait in quarantine as before",
        "      1 refused again as malformed_json; they wait in quarantine as before",
    ]
    assert (strict.value(ROWS), strict.value(WAITING)) == (1000, 3)


def test_nothing_is_lost_to_a_broker_where_no_gateway_would_get_it(stack: Stack) -> None:
    stack.gateway.start()
    stack.publish(telemetry("LOST"), b"{")
    quarantined(stack, 1)
    stack.gateway.stop()
    stack.forget_session()
    done = stack.ecc("quarantine", "replay", "--all", check=False)
    assert (done.returncode, "no gateway's session" in done.stderr) == (2, True), done
    assert stack.value(WAITING) == 1


def test_what_was_asked_for_through_the_api_is_sent_again_by_the_gateways_side(strict: Stack) -> None:
    now = now_ms()
    strict.publish(telemetry("TERM-1"), *(sample(now - 10_000 + seq * 1000, seq) for seq in range(3)))
    strict.publish(telemetry("TERM-2"), sample(now - 5_000, 0))
    quarantined(strict, 4)
    machines = strict.directory / "machines.csv"
    machines.write_text(FLEET)
    strict.ecc("fleet", "import", str(machines))
    with psycopg.connect(strict.owner_url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO quarantine_replay (reason, again, offset_ms, asked_at, asked_by, heard_at) "
            "VALUES ('unknown_terminal', false, 0, now(), 'lead', now())"
        )
    done = "SELECT state = 'done' FROM quarantine_replay"
    assert eventually(lambda: strict.value(done), within_s=60), strict.rows("SELECT * FROM quarantine_replay")
    assert strict.rows("SELECT messages, sent, settled, kept, refused_again, unknown FROM quarantine_replay") == [
        (4, 4, 4, 3, {"unknown_terminal": 1}, 0)
    ]
    assert (strict.value(ROWS), strict.value(WAITING)) == (3, 1)
