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


def level(seq: int, *sources: tuple[int, int]) -> dict[str, object]:
    """A slot in which several controllers send the fuel level (PGN 65276, SPN 96, 0.4 %/bit): (source, raw) each."""
    t = int(time.time()) * 1000
    frames = [{"t": t + i, "id": 0x18FEFC00 | sa, "ext": True, "hex": f"FF{raw:02X}" + 6 * "FF"}
              for i, (sa, raw) in enumerate(sources)]  # fmt: skip
    return {"boot": "b1", "seq": seq, "frames": frames}


def test_of_two_controllers_that_send_a_signal_the_models_preferred_one_is_kept(stack: Stack) -> None:
    file = stack.directory / "machines.csv"
    file.write_text("pin,name,model,kind\nPIN-7,Seven,D-7,dozer\nPIN-8,Eight,D-8,dozer\n")
    stack.ecc("fleet", "import", str(file))
    stack.rows("UPDATE machine_model SET preferred_source_address = '{49,3}' WHERE name = 'D-7' RETURNING model_id")
    stack.gateway.start()
    for terminal in ("PIN-7", "PIN-8"):
        stack.publish(f"ecc/v1/{terminal}/can", level(0, (0, 50), (49, 100), (3, 150)))
    stored = "SELECT m.pin, fuel_level_pct FROM reading r JOIN machine m USING (machine_id) ORDER BY 1"
    expected = [("PIN-7", 40.0), ("PIN-8", 20.0)]
    assert eventually(lambda: len(stack.rows(stored)) == 2)
    assert stack.rows(stored) == expected, "D-7 prefers 49; a model without a preference its engine, 0"


def test_a_models_rows_are_as_far_apart_as_its_slots_are_long(stack: Stack) -> None:
    file = stack.directory / "machines.csv"
    file.write_text("pin,name,model,kind\nPIN-7,Seven,D-7,dozer\nPIN-8,Eight,D-8,dozer\n")
    stack.ecc("fleet", "import", str(file))
    stack.rows("UPDATE machine_model SET slot_s = 0.5 WHERE name = 'D-7' RETURNING model_id")
    stack.gateway.start()
    for terminal in ("PIN-7", "PIN-8"):
        message = level(0, (0, 50))
        second = message["frames"][0]["t"] // 1000 * 1000
        frames = [{**message["frames"][0], "t": second + after} for after in (100, 600)]
        stack.publish(f"ecc/v1/{terminal}/can", {**message, "frames": frames})
    counts = "SELECT m.pin, count(*) FROM reading r JOIN machine m USING (machine_id) GROUP BY 1 ORDER BY 1"
    assert eventually(lambda: len(stack.rows(counts)) == 2)
    assert stack.rows(counts) == [("PIN-7", 2), ("PIN-8", 1)]
