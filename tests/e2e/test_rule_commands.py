"""`ecc rules`: sets, shadow, promotion, the way back, overrides."""

import json

import psycopg
import pytest

from tests.e2e.stack import run_ecc

EDITS = """
language = 1
[low_oil_pressure]
title = { zh = "机油压力低", en = "Oil pressure is low" }
[low_fuel]
off = true
"""


@pytest.fixture
def ecc(database, tmp_path):
    environment = {
        "ECC_DATABASE_URL": database.owner_url,
        "ECC_MQTT_URL": "mqtt://127.0.0.1:1",
        "ECC_DATA_DIR": str(tmp_path),
    }

    def run(*arguments: str, code: int = 0):
        done = run_ecc(environment, *arguments)
        assert done.returncode == code, done
        return done

    return run


def test_a_sites_rules_from_the_command_line(ecc, database, tmp_path):
    with psycopg.connect(database.owner_url) as conn:
        conn.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'X1', 'X1')")
    assert "rule set now" in ecc("migrate").stdout
    assert "rule set" not in ecc("migrate").stdout
    file = tmp_path / "site.toml"
    file.write_text(EDITS, encoding="utf-8")
    made = ecc("rules", "import", str(file), "--note", "ours").stdout
    assert "changed low_oil_pressure; off low_fuel." in made
    site, base = json.loads(ecc("rules", "list", "--json").stdout)
    assert (base["role"], base["kind"], site["role"], site["note"]) == ("live", "base", None, "ours")
    number = str(site["rule_set_id"])
    told = ecc("rules", "diff", number).stdout
    assert "+ title: Oil pressure is low / 机油压力低" in told
    assert "low_fuel" not in ecc("rules", "show", number).stdout
    assert "Oil pressure is low" in ecc("rules", "show", number, "low_oil_pressure").stdout
    assert EDITS in ecc("rules", "show", number, "--text").stdout
    assert "not replayed over enough" in ecc("rules", "promote", number, code=2).stderr
    assert "compare_with_gauge" in ecc("rules", "show", number, "low_oil_pressure").stdout
    foreign = tmp_path / "gbk.toml"
    foreign.write_bytes(EDITS.encode("gbk"))
    assert "not UTF-8 (byte" in ecc("rules", "import", str(foreign), code=2).stderr
    foreign.write_bytes(EDITS.replace("is low", "was low").encode("utf-8-sig"))
    assert "changed low_oil_pressure" in ecc("rules", "import", str(foreign)).stdout
    assert "No other rule set" in ecc("rules", "rollback", code=2).stderr
    replayed(ecc, number, tmp_path)
    assert f"Rule set {number} is live." in ecc("rules", "promote", number).stdout
    assert f"Rule set {base['rule_set_id']} is live again." in ecc("rules", "rollback").stdout
    assert f"{number} is in shadow" in ecc("rules", "shadow", number).stdout
    assert "Nothing found." in ecc("rules", "shadow-findings").stdout
    assert "never been in shadow" in ecc("rules", "shadow-findings", "live").stdout
    assert "already" in ecc("rules", "shadow", "live", code=2).stderr
    overrides_of_a_machine(ecc, database)


def replayed(ecc, number, tmp_path):
    """Over spans that there are and that there are not, with a picture; and the tuning of a rule."""
    failed = ecc("rules", "replay", number, "--from", "2026-01-01T00:00:00Z", "--to", "2025-01-01T00:00:00Z", code=2)
    assert "not later" in failed.stderr
    ancient = ecc("rules", "replay", number, "--from", "0001-01-01T00:00:00Z", "--to", "2025-01-01T00:00:00Z", code=2)
    assert "between 1970 and 2200" in ancient.stderr
    span = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z")
    told = ecc("rules", "replay", number, *span, "--plot", str(tmp_path / "r.svg")).stdout
    assert "Replay 2: 0 rows of 1 machines." in told
    assert "Confirmed faults caught: 0 of 0 (live: 0); lost: 0." in told
    assert "<svg" in (tmp_path / "r.svg").read_text(encoding="utf-8")
    assert "*.png or *.svg" in ecc("rules", "replay", number, *span, "--plot", "r.gif", code=2).stderr
    assert "Confirmed faults: 0; needed: 10." in ecc("rules", "tune", "low_oil_pressure", *span).stdout
    assert "no rule 'nope'" in ecc("rules", "tune", "nope", *span, code=2).stderr
    for asked in (("tune", "low_oil_presure", *span), ("show", "live", "low_oil_presure")):
        assert "'low_oil_presure'" in (told := ecc("rules", *asked, code=2).stderr)
        assert "did you mean low_oil_pressure?" in told


def overrides_of_a_machine(ecc, database):
    """Added, listed with why one is not used, and removed."""
    limit = ("--reason", "worn", "--until", "2099-01-01T00:00:00Z")
    assert (
        "no limit" in ecc("rules", "override", "add", "X1", "coolant_overheat", "--limit", "x=1", *limit, code=2).stderr
    )
    ecc("rules", "override", "add", "X1", "coolant_overheat", "--off", *limit)
    listed = ecc("rules", "override", "list").stdout.splitlines()
    assert listed[1].split()[:3] == ["X1", "coolant_overheat", "off"]
    with psycopg.connect(database.owner_url) as conn:
        conn.execute("UPDATE rule_override SET rule = 'gone'")
    assert "Not used: gone of X1: override.rule: there is no rule 'gone'" in ecc("rules", "override", "list").stdout
    with psycopg.connect(database.owner_url) as conn:
        conn.execute("UPDATE rule_override SET rule = 'coolant_overheat'")
    assert ecc("rules", "override", "remove", "X1", "coolant_overheat").stdout == "Removed.\n"
    assert json.loads(ecc("rules", "override", "list", "X1", "--json").stdout) == []
