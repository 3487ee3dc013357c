"""A fleet that runs: machines that work and break, and their real MQTT connections, in one thread."""

import queue
import threading
import time

from fleet.errors import EccError, InvalidInput
from simulators.config import SimulationConfig
from simulators.dispatch import Dispatcher
from simulators.fault_bench import ActiveFault
from simulators.faults import FAULT_KINDS, PlannedFault
from simulators.generate import Generator, Pace
from simulators.injections import InjectionInbox
from simulators.link import Books, Link, LinkState
from simulators.machines import SimulatedMachine, make_machines
from simulators.network import Network, allow_many_sockets
from simulators.publish_log import PublishLog
from simulators.tally import Tally
from simulators.truth import InjectedFault, TruthFile

_POLL_S = 0.04
_BUSY_S = 0.05  # generating for longer than this, the sockets get their turn


class SimulationFailed(EccError):
    """The simulated fleet stopped by itself; the traceback of its thread says why."""

    code = "simulation_failed"


def make_generator(config: SimulationConfig, start_us: int, boot_prefix: str) -> Generator:
    """The generator of a run. The same config, start and boot prefix give the same messages in the same order."""
    return Generator(
        make_machines(config.machines, config.kinds, numbers_after=config.numbers_after),
        config.plan,
        Pace(start_us=start_us, step_s=config.step_s, period_s=config.period_s),
        seed=config.seed,
        boot_prefix=boot_prefix,
        warm=config.warm,
        limit=config.messages_per_machine,
        forms=config.forms,
    )


class FleetSimulation:
    """start(), then inject() and counts() as you like, then drain() and stop().

    One thread does the work; the methods may be called from others. `tally`, `log` and `truth` stay readable after
    stop().
    """

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config
        self.tally = Tally()
        self.log = PublishLog(config.publish_log_rows)
        now_us = time.time_ns() // 1_000
        self.start_us = config.start_us(now_us)
        self.generator = make_generator(config, self.start_us, config.boot_prefix or f"{now_us // 1_000:x}")
        self.truth = TruthFile(config.truth_path)
        self._dispatcher = Dispatcher(config, self.generator, Books(self.tally, self.log))
        self._asked: queue.SimpleQueue[PlannedFault] = queue.SimpleQueue()
        self._inbox = InjectionInbox(config.broker, self.inject) if config.accept_injections else None
        self._network = Network([*self.links, *([self._inbox] if self._inbox else [])])
        self._draining, self._drained, self._stopping = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-simulation", daemon=True)
        self._ended_well = False
        self._began_s = 0.0
        self._finished = False

    @property
    def machines(self) -> tuple[SimulatedMachine, ...]:
        """The fleet, in index order."""
        return self.generator.machines

    @property
    def links(self) -> tuple[Link, ...]:
        """The machines' connections, in index order."""
        return tuple(self._dispatcher.links)

    @property
    def running(self) -> bool:
        """True while the thread lives."""
        return self._thread.is_alive()

    @property
    def connected(self) -> int:
        """Machines that are connected and publishing."""
        return sum(link.state is LinkState.READY for link in self.links)

    @property
    def pending(self) -> int:
        """Messages that no commit ack (malformed: no PUBACK) has covered yet."""
        return self._dispatcher.pending

    @property
    def trouble(self) -> str | None:
        """Why the first machine that is not connected is not, None when nothing failed."""
        return next((link.trouble for link in self.links if link.trouble is not None), None)

    @property
    def exhausted(self) -> bool:
        """True when every machine has made its `messages_per_machine`."""
        return self.generator.exhausted

    def counts(self) -> dict[str, int]:
        """The tally so far, and `pending`."""
        return {**self.tally.as_dict(), "pending": self.pending}

    def start(self) -> None:
        """Connect the machines and begin."""
        allow_many_sockets()
        self.start_us = self.config.start_us(time.time_ns() // 1_000)
        self.generator.start_at(self.start_us)
        self._began_s = time.monotonic()
        self._thread.start()

    def inject(self, fault: PlannedFault) -> None:
        """Break something now. Raises InvalidInput when the fleet has no such machine or the machine no such sensor."""
        self.generator.bench.check(fault)
        self._asked.put(fault)

    def clock_right(self, terminal: str) -> bool:
        """Whether a machine's stamps are right in the whole run. Raises InvalidInput for an unknown terminal."""
        return self.generator.clock_right(self._index(terminal))

    def live(self, terminal: str) -> bool:
        """Whether a machine has no dead zone in the run. Raises InvalidInput for an unknown terminal."""
        return bool(self._dispatcher.live[self._index(terminal)])

    def drain(self, timeout_s: float) -> bool:
        """Make nothing new, and wait until everything is committed; False when it was not in time.

        Dead zones end, what is held back goes out, and each message is sent again until its ack comes.
        """
        self._draining.set()
        until_s = time.monotonic() + timeout_s
        while self.running and not self._drained.is_set() and (left_s := until_s - time.monotonic()) > 0:
            self._drained.wait(min(left_s, 0.2))
        return self._drained.is_set()

    def stop(self) -> None:
        """Say good-bye and end the thread. Raises SimulationFailed when it had ended before its time."""
        self._stopping.set()
        started = self._thread.ident is not None
        if started:
            self._thread.join()
        self.truth.close()
        if started and not self._ended_well:
            raise SimulationFailed

    def _index(self, terminal: str) -> int:
        if terminal not in self.generator.index:
            raise InvalidInput(f"no simulated machine {terminal!r}")
        return self.generator.index[terminal]

    # --- the thread ---

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
                self._network.poll(_POLL_S)
            self._ended_well = True
        finally:
            self._network.close()

    def _turn(self) -> None:
        now_s = time.monotonic()
        if not self._draining.is_set():
            self._generate(now_s)
        elif not self._finished:
            self._finished = True
            self._dispatcher.send(self.generator.flush(), now_s, self._network)
            self._dispatcher.finish(now_s)
        elif self._dispatcher.idle:
            self._drained.set()
        self._dispatcher.advance(now_s - self._began_s, now_s, self._network)

    def _target_steps(self) -> int:
        wall_s = time.monotonic() - self._began_s
        until_now_s = (time.time_ns() / 1e3 - self.start_us) / 1e6
        return int(min(wall_s * self.config.speedup, until_now_s) / self.config.step_s)

    def _generate(self, now_s: float) -> None:
        while not self._asked.empty():
            self._begin(self._asked.get())
        target = self._target_steps()
        while self.generator.steps < target and not self.generator.exhausted:
            for fault in self.generator.due_faults():
                self._begin(fault)
            self._dispatcher.send(self.generator.step(), time.monotonic(), self._network)
            if time.monotonic() > now_s + _BUSY_S:
                break

    def _begin(self, fault: PlannedFault) -> None:
        self.truth.write(self._injected(self.generator.inject(fault)))

    def _injected(self, active: ActiveFault) -> InjectedFault:
        fault, machine = active.planned, self.machines[active.machine]
        kind = FAULT_KINDS[fault.fault]
        expected = fault.expected
        return InjectedFault(
            terminal=machine.terminal,
            machine_kind=machine.spec.kind,
            fault=fault.fault,
            severity=fault.severity,
            ramp_s=kind.ramp_s if fault.ramp_s is None else fault.ramp_s,
            lasts_s=fault.length_s,
            injected_at_us=self.generator.true_us,
            injected_wall_us=time.time_ns() // 1_000,
            expects=None if expected is None else {"kind": expected.kind, "key": expected.key},
            clock_right=self.generator.clock_right(active.machine),
            live=bool(self._dispatcher.live[active.machine]),
            parameters={effect.parameter: effect.worst for effect in kind.effects},
            sensor=fault.sensor,
            offset=fault.offset if fault.sensor else None,
        )
