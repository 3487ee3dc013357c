"""The demo from nothing to the last acknowledgement: servers, processes, simulated machines, the report."""

import secrets
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from app.demo.children import SIMULATE, has_past, machines_of, simulate_arguments
from app.demo.mails import Mailbox, mailbox
from app.demo.order import DemoOrder, check
from app.demo.past import Past
from app.demo.people import People
from app.demo.ready import wait_ready
from app.demo.report import DemoReport, load_simulated, make_report
from app.demo.screen import Screen
from app.demo.sight import Sight
from app.demo.tenants import Login, free_numbers, seed_tenants
from app.demo.watch import Watched, watch
from app.embedded import EmbeddedServers
from app.embedded.child import free_port
from app.processes import settings_or_exit
from app.settings import SILENCE_AT_LEAST_S, Settings
from app.supervisor import Supervisor
from app.up import PROCESSES, environment_for, servers_for, settings_here
from fleet.signals import packaged_catalogue
from simulators.publish_log import PublishedRows
from storage.demo_report import LiveAlarm
from storage.failures import TRY_AGAIN
from storage.migrate import migrate
from storage.pool import connect
from storage.reach import place_of
from usecases.read_alarm_words import alarm_words

SILENCE_AFTER_S = SILENCE_AT_LEAST_S  # nobody watches a demo for a quarter of an hour before a machine is missed


@dataclass(slots=True)
class Demo:
    """One running demo."""

    order: DemoOrder
    settings: Settings
    screen: Screen
    stop: threading.Event
    environment: dict[str, str] = field(default_factory=dict)
    mails: Mailbox | None = None
    past: Past | None = None
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
    check(order)
    demo = Demo(order, settings_or_exit(), Screen(_words), stop)
    try:
        return _serve(demo)
    except Exception:  # raised again unless it is a Ctrl-C's doing
        if not stop.is_set():
            raise
        return _stopped(demo)  # a terminal's Ctrl-C ends what we wait for as well: that it failed is no news


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
        demo.logins = seed_tenants(conn, machines_of(demo.order, after), demo.password)


def _words(alarm: LiveAlarm) -> str:
    """What the console calls the alarm."""
    return alarm_words(alarm.source_kind, alarm.source_key, packaged_catalogue()).en


def _run(demo: Demo, supervisor: Supervisor, url: str) -> int:
    demo.port = free_port(demo.settings.http_port or None)
    gateway_port = free_port(None)
    demo.environment |= {
        "ECC_HTTP_PORT": str(demo.port),
        "ECC_GATEWAY_HTTP_PORT": str(gateway_port),
        "ECC_AUTO_REGISTER": "1",
    }
    if has_past(demo.order, demo.numbers_after):
        demo.environment["ECC_SILENCE_AFTER_S"] = str(SILENCE_AFTER_S)
    demo.screen.step(f"starting {', '.join(PROCESSES)}")
    links = {"ECC_PUBLIC_URL": f"http://127.0.0.1:{demo.port}"}
    for name in PROCESSES:
        supervisor.add(name, [name], demo.environment | links if name == "sender" else demo.environment)
    for name, port in (("gateway", gateway_port), ("api", demo.port)):
        trouble = wait_ready(supervisor.children[name], port, demo.stop, demo.screen.step)
        if demo.stop.is_set():
            return _stopped(demo)
        if trouble is not None:
            demo.screen.result(trouble, good=False)
            return 1
    return _simulated(demo, supervisor, url)


def _simulated(demo: Demo, supervisor: Supervisor, url: str) -> int:
    """The machines and what people do with them, until the end."""
    order = demo.order
    demo.screen.step(f"starting {order.machines} simulated machines")
    for line in demo.header():
        demo.screen.step(line)
    arguments = simulate_arguments(order, demo.directory, demo.numbers_after)
    simulation = supervisor.add(SIMULATE, arguments, demo.environment, restart=False)
    if has_past(order, demo.numbers_after):
        people = People(f"http://127.0.0.1:{demo.port}", demo.password, demo.screen.step, demo.stop)
        demo.past = Past(supervisor, demo.environment, order, people)
        demo.past.begin()
    with Sight(url) as sight:
        watched = Watched(
            goes_on=lambda: simulation.running,
            news=lambda: _news(demo, supervisor, sight),
            header=demo.header(),
            began=demo.began,
            duration_s=order.duration_s,
            tells_of_database=supervisor.servers is None,  # the embedded ones are spoken of by who starts them
        )
        finished = watch(watched, demo.screen, sight, demo.stop)
        if demo.stop.is_set():
            return _stopped(demo)
        if not finished or simulation.exit_code != 0:
            demo.screen.result("the simulation ended early", good=False)
            return 1
        return _conclude(demo, sight)


def _news(demo: Demo, supervisor: Supervisor, sight: Sight) -> Iterator[str]:
    """What happened since the last call, in sentences."""
    yield from supervisor.keep_running()
    if demo.mails is not None:
        yield from demo.mails.news()
    if demo.past is not None:
        yield from demo.past.go_on(sight)


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
