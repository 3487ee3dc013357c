"""The messages of a run without sending any: what a test of lost and doubled rows compares the database with."""

from collections.abc import Iterator
from dataclasses import replace

from fleet.errors import InvalidInput
from simulators.config import SimulationConfig
from simulators.fleet import make_generator
from simulators.generate import Outgoing
from simulators.outbox import UNSEQUENCED
from simulators.publish_log import PublishedRows, PublishLog


def planned_messages(config: SimulationConfig) -> Iterator[Outgoing]:
    """Every message that a FleetSimulation of this config makes, in the same order and byte for byte.

    Raises InvalidInput unless the config fixes start_at_us, boot_prefix and messages_per_machine.
    """
    if config.start_at_us is None or config.boot_prefix is None or config.messages_per_machine is None:
        raise InvalidInput("a planned run fixes start_at_us, boot_prefix and messages_per_machine")
    generator = make_generator(config, config.start_at_us, config.boot_prefix)
    while not generator.exhausted:
        for fault in generator.due_faults():
            generator.inject(fault)
        yield from generator.step()
    yield from generator.flush()


def planned_rows(config: SimulationConfig) -> PublishedRows:
    """Every reading row of a planned run (malformed messages have none); published_at_us is 0."""
    log = PublishLog()
    terminals = {m.index: m.terminal for m in make_generator(replace(config, warm=False), 0, "").machines}
    for out in planned_messages(config):
        message = out.message
        if message.seq != UNSEQUENCED:
            log.record(terminals[out.machine], message.boot, message.seq, message.rows, 0)
    return log.arrays()
