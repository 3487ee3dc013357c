"""deploy/mosquitto.conf and its access list, in a broker of Mosquitto's own, with the gateway on TLS."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from app.embedded import EmbeddedServers, programs
from app.embedded.child import free_port
from app.embedded.places import default_cache_dir, server_account
from gateway.republish import BrokerRefused, Republisher
from gateway.session import Broker
from tests.conftest import Database
from tests.e2e.stack import CHECKOUT, Stack, eventually, stack_on

LOGINS = {"ecc-platform": "platform's", "M-1": "first's", "M-2": "second's"}


@dataclass(frozen=True)
class SecureBroker:
    port: int
    ca: Path

    def of(self, user: str | None, client_id: str) -> Broker:
        return Broker(
            host="localhost",
            port=self.port,
            client_id=client_id,
            username=user,
            password=LOGINS.get(user or ""),
            tls=ssl.create_default_context(cafile=str(self.ca)),
        )


def openssl(*arguments: str, cwd: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


def make_certificates(directory: Path) -> None:
    """A CA and the broker's certificate for localhost."""
    key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
    own = ["-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA"]
    openssl("req", *key, *own, "-addext", "keyUsage=critical,keyCertSign", cwd=directory)
    openssl("req", *key, "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=localhost", cwd=directory)
    (directory / "names").write_text("subjectAltName=DNS:localhost\nauthorityKeyIdentifier=keyid\n")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    openssl("x509", "-req", "-in", "broker.csr", "-out", "broker.pem", *signing, cwd=directory)


def password_line(user: str, password: str) -> str:
    """As mosquitto_passwd writes it."""
    salt, rounds = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"{user}:$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[SecureBroker]:
    if shutil.which("openssl") is None:
        pytest.skip("making certificates needs openssl: apt-get install openssl")
    found = programs.find(default_cache_dir(), server_account(), print)
    (tmp_path / "certs").mkdir()
    (tmp_path / "queue").mkdir()
    make_certificates(tmp_path / "certs")
    (tmp_path / "ecc.passwd").write_text("".join(f"{password_line(*login)}\n" for login in LOGINS.items()))
    shutil.copy(CHECKOUT / "deploy" / "mosquitto.acl", tmp_path / "ecc.acl")
    for private in ("ecc.passwd", "ecc.acl"):
        (tmp_path / private).chmod(0o600)
    port = free_port(None)
    text = (CHECKOUT / "deploy" / "mosquitto.conf").read_text()
    moved = text.replace("/etc/mosquitto", str(tmp_path)).replace("/var/lib/mosquitto", str(tmp_path / "queue"))
    assert "listener 8883" in moved
    conf = tmp_path / "mosquitto.conf"
    user = "user root\n" if os.geteuid() == 0 else ""
    conf.write_text(moved.replace("listener 8883", f"listener {port} 127.0.0.1") + f"log_dest stderr\n{user}")
    log = tmp_path / "broker.log"
    with log.open("wb") as out:
        broker = subprocess.Popen([found.mosquitto, "-c", str(conf)], stdout=out, stderr=out)
    try:
        assert eventually(lambda: answers(port) or broker.poll() is not None)
        usual = ("should not be run as root", "unexpected eof while reading")  # the latter: `answers` hung up
        complaints = [line for line in log.read_text().splitlines() if not any(one in line for one in usual)]
        assert (broker.poll(), complaints) == (None, [])
        yield SecureBroker(port, tmp_path / "certs" / "ca.pem")
    finally:
        broker.terminate()
        broker.wait(10)


@pytest.fixture
def stack(servers: EmbeddedServers, database: Database, tmp_path: Path, secure: SecureBroker) -> Iterator[Stack]:
    directory = tmp_path / "stack"
    directory.mkdir()
    with stack_on(
        servers,
        database.name,
        directory,
        ECC_MQTT_URL=f"mqtts://localhost:{secure.port}",
        ECC_MQTT_CA_FILE=str(secure.ca),
        ECC_MQTT_USERNAME="ecc-platform",
        ECC_MQTT_PASSWORD=LOGINS["ecc-platform"],
    ) as made:
        yield made


def heard(secure: SecureBroker, user: str, topic: str) -> tuple[paho.Client, list[str]]:
    """A subscriber, and the topics of what it got so far."""
    topics: list[str] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(user, LOGINS[user])
    client.tls_set_context(ssl.create_default_context(cafile=str(secure.ca)))
    client.on_message = lambda _client, _user, message: topics.append(message.topic)
    client.connect("localhost", secure.port)
    client.loop_start()
    assert eventually(client.is_connected)
    client.subscribe(topic, 1)
    time.sleep(0.3)
    return client, topics


def test_a_machine_reaches_its_own_topics_and_no_others(stack: Stack, secure: SecureBroker) -> None:
    stack.gateway.start()
    spy, overheard = heard(secure, "M-2", "ecc/v1/#")
    own, acks = heard(secure, "M-1", "ecc/v1/M-1/ack")
    sample = b'{"boot": "b", "seq": 0, "t": %d, "signals": {"fuel_level_pct": 50}}' % (time.time() * 1000)
    with Republisher(secure.of("M-1", "m1")) as machine:
        machine.publish("ecc/v1/M-1/telemetry", sample)
        for topic in ("ecc/v1/M-2/telemetry", "ecc/v1/M-1/ack", "ecc/v1/M-1/status/x", "other"):
            with pytest.raises(BrokerRefused, match="Not authorized"):
                machine.publish(topic, sample)
    assert eventually(lambda: stack.rows("SELECT fuel_level_pct FROM reading") == [(50.0,)])
    assert eventually(lambda: acks == ["ecc/v1/M-1/ack"])
    assert overheard == []
    assert stack.value("SELECT count(*) FROM quarantine") == 0
    for client in (spy, own):
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("user", [None, "M-1"])
def test_without_the_right_login_nobody_gets_in(
    secure: SecureBroker, user: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LOGINS, "M-1", "a wrong one")
    with pytest.raises(BrokerRefused, match="did not let us in: Not authorized"), Republisher(secure.of(user, "x")):
        pass


def test_quarantine_is_replayed_with_the_platforms_own_login(stack: Stack, secure: SecureBroker) -> None:
    stack.gateway.start(ECC_AUTO_REGISTER="false")
    sample = b'{"boot": "b", "seq": 0, "t": %d, "signals": {"fuel_level_pct": 50}}' % (time.time() * 1000)
    with Republisher(secure.of("M-1", "m1")) as machine:
        machine.publish("ecc/v1/M-1/telemetry", sample)
    assert eventually(lambda: stack.value("SELECT count(*) FROM quarantine") == 1)
    file = stack.directory / "machines.csv"
    file.write_text("pin,name,model,kind\nM-1,One,D,dozer\n")
    stack.ecc("fleet", "import", str(file))
    assert "1 kept" in stack.ecc("quarantine", "replay", "--all").stdout
    denied = stack.ecc(
        "quarantine", "replay", "--all", "--again",
        check=False, ECC_MQTT_USERNAME="M-2", ECC_MQTT_PASSWORD=LOGINS["M-2"],
    )  # fmt: skip
    assert (denied.returncode, "Not authorized" in denied.stderr) == (2, True)
