"""The demo from nothing to the last acknowledgement: servers, processes, simulated machines, the report."""

import contextlib
import json
import math
import secrets
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from app.demo.mails import Mailbox, mailbox
from app.demo.people import People
from app.demo.report import DemoReport, load_simulated, make_report
from app.demo.screen import Screen
from app.demo.sight import Sight
from app.demo.tenants import Login, free_numbers, seed_tenants
from app.embedded import EmbeddedServers
from app.processes import settings_or_exit
from app.settings import Settings
from app.supervisor import Supervisor
from app.up import PROCESSES, environment_for, servers_for, settings_here
from fleet.errors import InvalidInput
from fleet.signals import packaged_catalogue
from simulators.machines import make_machines
from simulators.publish_log import PublishedRows
from storage.demo_report import LiveAlarm, LiveCounts
from storage.failures import TRY_AGAIN
from storage.migrate import migrate
from storage.pool import connect
from storage.reach import place_of
from usecases.read_alarm_words import alarm_words

READY_WITHIN_S = 90.0  # a loaded machine imports for long
LOOK_EVERY_S = 0.5
DRAIN_WITHIN_S = 120.0
FAULTS_SHOW_WITHIN_S = 40  # of machine time, those of the demo's own plan
MARGIN_S = 5  # until everything is connected
HISTORY = "simulate-history"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """What is asked of a demo; `duration_s` None: until Ctrl-C."""

    machines: int = 40
    seed: int = 1
    speedup: float = 1.0
    duration_s: float | None = None
    report: Path | None = None
    data_dir: Path | None = None
    faults: Path | None = None
    history_days: int = 0


@dataclass(slots=True)
class Demo:
    """One running demo."""

    order: DemoOrder
    settings: Settings
    screen: Screen
    stop: threading.Event
    environment: dict[str, str] = field(default_factory=dict)
    mails: Mailbox | None = None
    people: People | None = None
    directory: Path = Path()
    password: str = ""
    logins: list[Login] = field(default_factory=list)
    port: int = 0
    broker: str = ""
    numbers_after: int = 0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def header(self) -> list[str]:
        """Where the console is, how to log in, and which login sees what."""
        names = zip(["login", *[""] * len(self.logins)], self.logins, strict=False)
        return [
            f"console   http://127.0.0.1:{self.port}/",
            *(f"{label:<10}{login.name:<9}{login.sees}" for label, login in names),
            f"password  {self.password}   (of each login)",
            f"broker    {self.broker}",
            f"logs      {self.directory / 'log'}",
            f"mails     {self.directory / 'mail'}   (what owner and dealer are told)",
            "Ctrl-C stops everything.",
        ]


def run_demo(order: DemoOrder, stop: threading.Event) -> int:
    """Run it; returns the exit code: 0 good, 1 the report does not add up, 130 stopped (`stop`) before its end.

    Raises InvalidInput for an order that cannot be carried out.
    """
    _check(order)
    demo = Demo(order, settings_or_exit(), Screen(_words), stop)
    try:
        return _serve(demo)
    except Exception:  # raised again unless it is a Ctrl-C's doing
        if not stop.is_set():
            raise
        return _stopped(demo)  # a terminal's Ctrl-C ends what we wait for as well: that it failed is no news


def _check(order: DemoOrder) -> None:
    """Before anything is started: is the run long enough for its faults to show, can its report be written."""
    if order.duration_s is not None and not 0 < order.duration_s < math.inf:
        raise InvalidInput("A run lasts a number of seconds above 0; use another --duration.")
    enough_s = math.ceil((FAULTS_SHOW_WITHIN_S + MARGIN_S) / order.speedup)
    if order.faults is None and order.duration_s is not None and order.duration_s < enough_s:
        raise InvalidInput(
            f"The demo's faults need up to {FAULTS_SHOW_WITHIN_S} s of the machines' time to show;"
            f" use --duration {enough_s} or more."
        )
    if order.report is None:
        return
    if order.duration_s is None:
        raise InvalidInput("Only a run with an end is reported on; use --report with --duration.")
    fresh = not order.report.exists()
    try:
        order.report.open("a").close()
    except OSError as error:
        raise InvalidInput(
            f"The report {order.report} cannot be written ({error.strerror}); use another --report."
        ) from error
    if fresh:
        order.report.unlink()


def _stopped(demo: Demo) -> int:
    demo.screen.result("stopped", good=True)
    return 130


def _serve(demo: Demo) -> int:
    order, settings = demo.order, demo.settings
    directory = order.data_dir or settings.data_dir / "demo"
    if order.data_dir is None and settings.uses_embedded_servers:
        _start_fresh(directory)
    demo.screen.step(servers_step(settings))
    with servers_for(settings, directory) as servers:
        environment = environment_for(servers)
        demo.environment, demo.directory = environment, directory
        here = settings_here(settings, environment)
        url, demo.broker = here.database_url_for("ecc_owner"), here.broker_url()
        if not demo.stop.is_set():
            _prepare(demo, url)
        if demo.stop.is_set():
            return _stopped(demo)
        supervisor = Supervisor(directory / "log", servers)
        with mailbox(directory / "mail") as (demo.mails, delivered_here):
            demo.environment |= delivered_here
            try:
                return _run(demo, supervisor, url)
            finally:
                supervisor.stop()


def servers_step(settings: Settings) -> str:
    """What happens to the servers, in words; no login is named."""
    if settings.uses_embedded_servers:
        return "starting the database and the broker"
    place = place_of(settings.database_url_for("ecc_owner")) or "a socket of this host"
    return f"using the database at {place} and the broker at {settings.broker_url()}"


def _start_fresh(directory: Path) -> None:
    """Each demo begins with an empty database; what a killed one left running is cleaned up first."""
    if directory.exists():
        with EmbeddedServers(directory, say=lambda sentence: None):
            pass
        shutil.rmtree(directory)


def _prepare(demo: Demo, url: str) -> None:
    demo.screen.step("bringing the database to its schema")
    migrate(url)
    count = demo.order.machines
    demo.screen.step(f"registering {count} machines, whose they are, and the logins")
    demo.password = secrets.token_urlsafe(9)
    with connect(url, application="ecc demo") as conn:
        after = demo.numbers_after = free_numbers(conn, count)
        if after:
            demo.screen.step(f"machines of an earlier demo stay as they are; this one's are No. {after + 1} and on")
        demo.logins = seed_tenants(conn, make_machines(count, numbers_after=after), demo.password)


def _words(alarm: LiveAlarm) -> str:
    """What the console calls the alarm."""
    return alarm_words(alarm.source_kind, alarm.source_key, packaged_catalogue()).en


def _run(demo: Demo, supervisor: Supervisor, url: str) -> int:
    demo.port = _free_port(demo.settings.http_port)
    gateway_port = _free_port(0)
    environment = {
        **demo.environment,
        "ECC_HTTP_PORT": str(demo.port),
        "ECC_GATEWAY_HTTP_PORT": str(gateway_port),
        "ECC_AUTO_REGISTER": "1",
    }
    demo.screen.step(f"starting {', '.join(PROCESSES)}")
    links = {"ECC_PUBLIC_URL": f"http://127.0.0.1:{demo.port}"}
    for name in PROCESSES:
        supervisor.add(name, [name], environment | links if name == "sender" else environment)
    for name, port in (("gateway", gateway_port), ("api", demo.port)):
        if not _is_ready(port, demo.stop):
            if demo.stop.is_set():
                return _stopped(demo)
            demo.screen.result(f"The {name} did not become ready; see {supervisor.children[name].log}", good=False)
            return 1
    demo.screen.step(f"starting {demo.order.machines} simulated machines")
    for line in demo.header():
        demo.screen.step(line)
    simulation = supervisor.add("simulate", _simulate_arguments(demo), environment, restart=False)
    _begin_past(demo, supervisor, environment)
    with Sight(url) as sight:
        finished = _watch(demo, supervisor, sight)
        if demo.stop.is_set():
            return _stopped(demo)
        if not finished or simulation.exit_code != 0:
            demo.screen.result("the simulation ended early", good=False)
            return 1
        return _conclude(demo, sight)


def _simulate_arguments(demo: Demo) -> list[str]:
    order, directory = demo.order, demo.directory
    arguments = ["simulate", "--machines", str(order.machines), "--seed", str(order.seed)]
    arguments += ["--speedup", str(order.speedup), "--truth", str(directory / "truth.jsonl")]
    arguments += ["--report", str(directory / "simulation.json"), "--publish-log", str(directory / "published.npz")]
    arguments += ["--numbers-after", str(demo.numbers_after)]
    if order.duration_s is not None:
        arguments += ["--duration", str(order.duration_s)]
    if order.faults is not None:
        arguments += ["--faults", str(order.faults.resolve())]
    return arguments


def _begin_past(demo: Demo, supervisor: Supervisor, environment: dict[str, str]) -> None:
    """Let the weeks before come in beside the live readings, and people work; a second run has both from before."""
    order = demo.order
    if not order.history_days or demo.numbers_after:
        return
    demo.people = People(f"http://127.0.0.1:{demo.port}", demo.password, demo.screen.step, demo.stop)
    demo.people.open_office()
    demo.screen.step(f"filling in the last {order.history_days} days beside it, machine by machine")
    arguments = [HISTORY, "--days", str(order.history_days), "--machines", str(order.machines)]
    supervisor.add(HISTORY, [*arguments, "--seed", str(order.seed)], environment, restart=False)


def _look_after_past(demo: Demo, supervisor: Supervisor) -> None:
    """Once the weeks before are in, their alarms get their answers."""
    history = supervisor.children.get(HISTORY)
    if demo.people is None or history is None or history.running:
        return
    del supervisor.children[HISTORY]
    if history.exit_code == 0:
        demo.screen.step(f"the last {demo.order.history_days} days are in")
        demo.people.look_through_the_past()


def _watch(demo: Demo, supervisor: Supervisor, sight: Sight) -> bool:
    """Show what happens until the simulation is over and the database answers (True) or the demo is stopped (False)."""
    began = time.monotonic()
    answered = True
    rates = _rates()
    simulation = supervisor.children["simulate"]
    with demo.screen as screen:
        while (simulation.running or not answered) and not demo.stop.is_set():
            for sentence in (*supervisor.keep_running(), *(demo.mails.news() if demo.mails else ())):
                screen.step(sentence)
            _look_after_past(demo, supervisor)
            before, answered = answered, sight.look(demo.began, demo.screen.alarms_shown)
            if supervisor.servers is None and before != answered:  # the embedded ones are spoken of by who starts them
                screen.step(
                    "the database answers again" if answered else "the database does not answer; waiting for it"
                )
            left = None if demo.order.duration_s is None else demo.order.duration_s - (time.monotonic() - began)
            if left is not None and left < -DRAIN_WITHIN_S:
                return False
            screen.show(demo.header(), sight.counts, next_rate(rates, sight.counts), left)
            demo.stop.wait(LOOK_EVERY_S)
    return not demo.stop.is_set()


def _rates() -> "Rates":
    return Rates(time.monotonic(), 0, 0.0)


@dataclass(slots=True)
class Rates:
    """The last look, for rows per second."""

    at_s: float
    rows: int
    rate: float


def next_rate(rates: Rates, counts: LiveCounts) -> float:
    """Rows per second since the last look, smoothed over a few looks."""
    now = time.monotonic()
    fresh = (counts.rows - rates.rows) / max(0.001, now - rates.at_s)
    rates.rate = fresh if rates.rows == 0 else 0.7 * rates.rate + 0.3 * fresh
    rates.at_s, rates.rows = now, counts.rows
    return rates.rate


def _conclude(demo: Demo, sight: Sight) -> int:
    simulated = load_simulated(demo.directory / "simulation.json")
    try:
        report = make_report(sight.conn, simulated, PublishedRows.load(demo.directory / "published.npz"))
    except TRY_AGAIN:
        demo.screen.result("the database stopped answering before the report was made", good=False)
        return 1
    if demo.order.report is not None:
        demo.order.report.write_text(report.as_json(), encoding="utf-8")
    return _tell(demo, report)


def _tell(demo: Demo, report: DemoReport) -> int:
    demo.screen.result(report.as_json().rstrip(), good=True)
    problems = report.problems()
    for problem in problems:
        demo.screen.result(problem, good=False)
    if not problems:
        demo.screen.result("published = committed + duplicates + quarantined; every fault has its alarm", good=True)
    return 1 if problems else 0


def _is_ready(port: int, stop: threading.Event) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and not stop.is_set():
        with (
            contextlib.suppress(urllib.error.URLError, OSError, json.JSONDecodeError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2),
        ):
            return True
        stop.wait(0.1)
    return False


def _free_port(preferred: int) -> int:
    """`preferred` when it is free, else any free port of the loopback."""
    for port in _candidates(preferred):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback")


def _candidates(preferred: int) -> Iterator[int]:
    if preferred:
        yield preferred
    yield 0
