"""`ecc clients` and `ecc people set-password` on a real database."""

import json

import pytest
from typer.testing import CliRunner

from app.cli.root import app
from storage.passwords import verify_password


@pytest.fixture
def ecc(world, api_database, monkeypatch):
    """Runs a command; returns its exit code and what it printed."""
    monkeypatch.setenv("ECC_DATABASE_URL", api_database.owner_url)  # the environment is how commands are configured
    monkeypatch.setenv("ECC_MQTT_URL", "mqtt://127.0.0.1:9")
    monkeypatch.delenv("COLUMNS", raising=False)  # nothing is cut in a pipe

    def run(*words, given=None):
        result = CliRunner().invoke(app, list(words), input=given)
        return result.exit_code, result.output

    return run


def test_a_client_is_made_listed_given_a_new_secret_and_revoked(ecc, world):
    code, text = ecc(
        "clients", "create", "Portal", "--organisation", "North", "--scope", "aemp:read", "--days", "30", "--json"
    )
    assert code == 0, text
    made = json.loads(text)
    assert (made["organisation_name"], made["scopes"], made["role"]) == ("North", ["aemp:read"], "integrator")
    assert made["secret"].startswith("ecc_live_")
    code, text = ecc("clients", "rotate", "Portal", "--overlap-hours", "1")
    assert "client_secret ecc_live_" in text
    code, text = ecc("clients", "list")
    assert (made["id"] in text, "2 secrets" in text, "ecc_live_" in text) == (True, True, False)
    code, text = ecc("clients", "revoke", made["id"])
    assert "is revoked" in text
    assert made["id"] not in ecc("clients", "list")[1]
    assert made["id"] in ecc("clients", "list", "--revoked")[1]
    who = world.conn.execute("SELECT DISTINCT actor_kind FROM audit WHERE entity = 'client'").fetchall()
    assert who == [("system",)]


@pytest.mark.parametrize(
    "words",
    [
        ("create", "X", "--organisation", "Nowhere", "--scope", "aemp:read"),
        ("create", "X", "--organisation", "North", "--scope", "everything"),
        ("create", "X", "--organisation", "North", "--scope", "aemp:read", "--role", "lead"),
        ("revoke", "nothing of this name"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(ecc, world, words):
    before = world.conn.execute("SELECT count(*) FROM api_client").fetchone()
    assert ecc("clients", *words)[0] != 0
    assert world.conn.execute("SELECT count(*) FROM api_client").fetchone() == before


def test_somebody_is_given_a_password_and_signed_out(ecc, world):
    world.conn.execute(
        "INSERT INTO app_session (session_hash, user_id, expires_at) "
        "SELECT 'x', user_id, now() + interval '1 hour' FROM app_user WHERE login = 'owner'"
    )
    code, text = ecc("people", "set-password", "owner", given="password12\n")
    assert code != 0, "too weak"
    code, text = ecc("people", "set-password", "owner", given="a few words of my own\n")
    assert (code, text.strip()) == (0, "owner has a new password; 1 sessions ended.")
    row = world.conn.execute("SELECT password_hash FROM app_user WHERE login = 'owner'").fetchone()
    assert verify_password("a few words of my own", row[0])
    assert world.conn.execute("SELECT count(*) FROM app_session").fetchone() == (0,)


def test_somebody_is_given_a_link_for_a_password(ecc, world, monkeypatch):
    code, text = ecc("people", "password-link", "colleague")
    assert (code, text.startswith("/password/"), "ECC_PUBLIC_URL is not set" in text) == (0, True, True)
    monkeypatch.setenv("ECC_PUBLIC_URL", "https://fleet.example")  # the environment is how commands are configured
    code, text = ecc("people", "password-link", "colleague", "--json")
    made = json.loads(text)
    assert (made["login"], made["link"].startswith("https://fleet.example/password/")) == ("colleague", True)
    rows = world.conn.execute("SELECT maker_id, ended_at IS NULL FROM password_link ORDER BY password_link_id")
    assert rows.fetchall() == [(None, False), (None, True)], "the newer one is open"
    assert ecc("people", "password-link", "nobody.of.this.name")[0] != 0
