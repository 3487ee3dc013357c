"""What is changed while the gateway runs counts from its next batch on."""

import time

from tests.e2e.stack import Stack, eventually

WORDS = ["--unit", "kPa", "--en", "Boom pressure", "--zh", "动臂压力", "--min", "0", "--max", "60000"]


def sample(seq: int, key: str, value: float) -> dict[str, object]:
    return {"boot": "b1", "seq": seq, "t": int(time.time() * 1000), "signals": {key: value, "engine_speed_rpm": 900}}


def test_a_signal_added_while_the_gateway_runs_is_stored_and_shown(stack: Stack) -> None:
    topic = "ecc/v1/SITE-1/telemetry"
    stack.gateway.begin()
    stack.api.start()
    stack.gateway.wait_until_ready()
    pid = stack.gateway.pid
    stack.publish(topic, sample(0, "boom_pressure_kpa", 21_000))
    assert eventually(lambda: stack.rows("SELECT key, value FROM reading_extra") == [("boom_pressure_kpa", 21_000.0)])

    stack.ecc("signals", "add", "boom_pressure_kpa", *WORDS)
    for seq in range(1, 4):
        stack.publish(topic, sample(seq, "boom_pressure_kpa", 21_000 + seq))
        time.sleep(0.3)
    stored = "SELECT boom_pressure_kpa FROM reading WHERE boom_pressure_kpa IS NOT NULL ORDER BY measured_at"
    assert eventually(lambda: stack.rows(stored) == [(21_001.0,), (21_002.0,), (21_003.0,)], 20), (
        stack.gateway.log.read_text()
    )
    assert stack.value("SELECT count(*) FROM reading_extra") == 1
    assert stack.rows("SELECT through, messages, rows_committed FROM ledger") == [(3, 4, 4)]
    assert stack.gateway.pid == pid
    assert stack.gateway.running

    with stack.client() as client:
        question = {"signals": "boom_pressure_kpa"}
        known = eventually(lambda: client.get("/machines/pin:SITE-1/readings", params=question).status_code == 200, 20)
        answer = client.get("/machines/pin:SITE-1/readings", params=question)
        assert known, answer.text
        values = answer.json()["signals"]["boom_pressure_kpa"]["mean"]
        assert [value for value in values if value is not None] == [21_001.0, 21_002.0, 21_003.0]


def test_machines_imported_while_the_gateway_runs_are_known_at_once(stack: Stack) -> None:
    stack.gateway.start(ECC_AUTO_REGISTER="false")
    file = stack.directory / "machines.csv"
    file.write_text("pin,name,model,kind\nPIN-7,Seven,D-7,dozer\n")
    stack.ecc("fleet", "import", str(file))
    stack.publish("ecc/v1/PIN-7/telemetry", sample(0, "fuel_level_pct", 50))
    assert eventually(lambda: stack.value("SELECT count(*) FROM reading") == 1)
    assert stack.value("SELECT count(*) FROM quarantine") == 0
