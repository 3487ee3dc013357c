"""`ecc diagnose` as a process: from a fault that is published to its evidence, killed and started again on the way."""

import time

import httpx

from tests.e2e.stack import Stack, eventually

S = 1_000_000
RUNNING = {"engine_speed_rpm": 1500.0, "engine_load_pct": 60.0, "engine_oil_pressure_kpa": 350.0}
LOW = RUNNING | {"engine_oil_pressure_kpa": 50.0, "engine_oil_level_pct": 20.0}
PACKS = "SELECT pack FROM finding_evidence WHERE source_key = 'low_oil_pressure' AND pack IS NOT NULL ORDER BY held_at"


def publish(stack: Stack, terminal: str, start_s: int, *, low_from: int, until: int = 60, seq: int = 0) -> None:
    """A machine at 1 Hz, its oil pressure low from `low_from` seconds on."""
    samples = [
        {"boot": "b", "seq": seq + n, "t": (start_s + n) * 1000, "signals": LOW if n >= low_from else RUNNING}
        for n in range(until)
    ]
    stack.publish(f"ecc/v1/{terminal}/telemetry", *samples)


def ready(stack: Stack) -> dict[str, bool]:
    answer: dict[str, bool] = httpx.get(f"http://127.0.0.1:{stack.diagnose.port}/readyz", timeout=5).json()
    return answer


def test_a_published_fault_has_its_evidence_in_seconds_and_a_kill_costs_nothing(stack: Stack) -> None:
    stack.gateway.start()
    stack.diagnose.start()
    assert ready(stack) == {"database": True, **dict.fromkeys(ready(stack), True)}
    assert "evidence" in ready(stack)
    now_s = int(time.time()) - 90
    publish(stack, "M-1", now_s, low_from=40)
    assert eventually(lambda: stack.rows("SELECT FROM finding") != [])
    assert eventually(lambda: len(stack.rows(PACKS)) == 1)
    ((pack,),) = stack.rows(PACKS)
    oil = next(one for one in pack["signals"] if one["key"] == "engine_oil_pressure_kpa")
    first_low = next(at for at, value in zip(oil["at_us"], oil["values"], strict=True) if value == 50.0)
    assert pack["window"]["from_us"] + first_low == (now_s + 40) * S
    assert pack["diagnosis"]["causes"][0]["key"] == "oil_level_low"
    stack.diagnose.kill()
    for number in range(2, 5):
        publish(stack, f"M-{number}", now_s, low_from=40)
    assert eventually(lambda: stack.value("SELECT count(*) FROM finding") == 4)
    assert stack.value("SELECT count(DISTINCT finding_id) FROM evidence_due") == 3
    stack.diagnose.start()
    assert eventually(lambda: len(stack.rows(PACKS)) == 4)
    assert stack.value("SELECT count(*) FROM evidence_due") == 0
    stack.diagnose.stop()
    assert stack.diagnose.exit_code == 0
