"""What would grow for ever has an end: the ledger in memory, the ranges of a power cycle, acks nobody hears."""

import json
from typing import Any

from structlog.testing import capture_logs

from app import metrics
from gateway.decode import BatchBuilder
from gateway.decode.schema import MAX_ACK_RANGES
from ingest.ledger import MAX_RANGES
from simulators.outbox import Message, Outbox
from tests.app.gate import T0_S, Gate, S, at, sample

DAY_S = 86_400
LEDGER = (
    "SELECT boot, through, ranges::text, messages, rows_committed, rows_quarantined, redelivered FROM ledger ORDER BY 1"
)


def told(gate: Gate, now_s: float) -> list[dict[str, Any]]:
    return [json.loads(payload) for _, payload in gate.tick(now_s)]


def many(seqs: list[int], **signals: float) -> list[tuple[str, object]]:
    return [sample("M-1", seq, seq, **(signals or {"fuel_level_pct": 50.0})) for seq in seqs]


def at_us(seconds: float) -> int:
    return round((T0_S + seconds) * S)


def forget(gate: Gate, now_s: float) -> None:
    told(gate, now_s - 120)  # who is owed an ack stays
    told(gate, now_s)
    assert len(gate.state.ledger) == 0


def test_a_power_cycle_that_was_forgotten_is_looked_up_and_counts_on(gate: Gate) -> None:
    early = sample("M-1", 7, 5000, fuel_level_pct=1.0)
    gate.deliver([*many([0, 1, 4]), early], received_s=10)
    assert gate.all(LEDGER) == [("b", 1, "{[4,5),[7,8)}", 4, 3, 1, 0)]
    forget(gate, 10 * DAY_S)
    gate.deliver([*many([1, 4, 2]), early], received_s=10 * DAY_S, redelivered=True)
    assert gate.all(LEDGER) == [("b", 2, "{[4,5),[7,8)}", 5, 5, 0, 3)], "sent again, a gap filled, come through"
    assert told(gate, 10 * DAY_S + 2) == [{"boot": "b", "through": 2, "ranges": [[4, 4], [7, 7]]}]


def test_a_batch_that_is_rolled_back_leaves_a_forgotten_power_cycle_as_it_was(gate: Gate) -> None:
    gate.deliver(many([0, 1, 4]), received_s=10)
    forget(gate, 10 * DAY_S)
    before = gate.all(LEDGER)
    builder = BatchBuilder(gate.state.catalogue)
    for terminal, content in [*many([1, 2, 3]), sample("M-1", 0, 9, boot="c", fuel_level_pct=1.0)]:
        gate.decoder.decode(
            builder, f"ecc/v1/{terminal}/telemetry", json.dumps(content).encode(), at_us(10 * DAY_S), False, (1, 1)
        )
    gate.pipeline.commit(gate.conn, builder.finish(), {}, now=at(10 * DAY_S), trial=True)
    assert gate.all(LEDGER) == before
    gate.deliver([*many([1, 2, 3]), sample("M-1", 0, 9, boot="c", fuel_level_pct=1.0)], received_s=10 * DAY_S)
    assert gate.all(LEDGER) == [("b", 4, "{}", 5, 5, 0, 0), ("c", 0, "{}", 1, 1, 0, 0)]


def test_a_gateway_that_starts_holds_what_was_heard_of_lately_and_finds_the_rest(gate: Gate) -> None:
    gate.deliver(many([0, 1]), received_s=10)
    gate.deliver([sample("M-2", 0, 9 * DAY_S, fuel_level_pct=1.0)], received_s=9 * DAY_S)
    gate.start()
    assert len(gate.state.ledger) == 1
    gate.deliver(many([1, 2]), received_s=9 * DAY_S + 1, redelivered=True)
    assert gate.all(LEDGER + ", through") == [("b", 0, "{}", 1, 1, 0, 0), ("b", 2, "{}", 3, 3, 0, 1)]


def test_others_keep_their_acks_when_slots_move(gate: Gate) -> None:
    gate.deliver(many([0]), received_s=0)
    told(gate, 2)
    gate.deliver([sample("M-2", 0, 9 * DAY_S, fuel_level_pct=1.0)], received_s=9 * DAY_S)
    gate.deliver([sample("M-3", 0, 9 * DAY_S, fuel_level_pct=1.0)], received_s=9 * DAY_S)
    acks = gate.tick(9 * DAY_S + 1)
    assert len(gate.state.ledger) == 2
    assert [topic for topic, _ in acks] == ["ecc/v1/M-2/ack", "ecc/v1/M-3/ack"]
    gate.deliver([sample("M-3", 1, 9 * DAY_S + 1, fuel_level_pct=1.0)], received_s=9 * DAY_S + 1)
    assert gate.tick(9 * DAY_S + 1.5) == [], "at most one a second, of the moved slot too"
    assert [topic for topic, _ in gate.tick(9 * DAY_S + 2)] == ["ecc/v1/M-3/ack"]


def test_commit_acks_wait_while_nobody_would_hear_them(gate: Gate) -> None:
    gate.deliver(many([0, 1]), received_s=1)
    gate.connected = False
    assert told(gate, 2) == []
    gate.connected = True
    assert told(gate, 2.1) == [{"boot": "b", "through": 1, "ranges": []}]


def test_many_ranges_are_told_in_several_acks_each_true_by_itself(gate: Gate) -> None:
    seqs = list(range(1, 1201, 2))
    gate.deliver(many(seqs), received_s=1)
    acks = told(gate, 2)
    assert [len(ack["ranges"]) for ack in acks] == [MAX_ACK_RANGES, MAX_ACK_RANGES, 600 - 2 * MAX_ACK_RANGES]
    outbox = Outbox()
    for seq in range(1202):
        outbox.put(Message("t", b"", "b", seq, (0,)))
    assert [outbox.acknowledge(ack["boot"], ack["through"], ack["ranges"]) for ack in acks] == [256, 256, 88]
    assert sorted(message.seq for message in outbox) == [*range(0, 1201, 2), 1201]


def test_what_opens_one_range_too_many_is_kept_and_not_acknowledged(gate: Gate) -> None:
    full = list(range(1, 2 * MAX_RANGES, 2))
    gate.deliver(many(full), received_s=9000)
    unlisted = metrics.UNLISTED._value.get()
    with capture_logs() as logged:
        for received_s in (9002, 9003):
            gate.deliver(many([9001]), received_s=received_s)
    assert [entry["boot"] for entry in logged] == ["b"], "said once"
    assert metrics.UNLISTED._value.get() == unlisted + 2
    assert gate.all("SELECT count(*) FROM reading") == [(MAX_RANGES + 1,)]
    assert gate.all("SELECT messages, rows_committed FROM ledger") == [(MAX_RANGES, MAX_RANGES)]
    ranges = [pair for ack in told(gate, 9004) for pair in ack["ranges"]]
    assert ranges == [[seq, seq] for seq in full]
    gate.deliver(many([0, 2]), received_s=9005)
    gate.deliver(many([9001]), received_s=9006)
    assert gate.all("SELECT through, messages, rows_committed FROM ledger") == [(3, MAX_RANGES + 3, MAX_RANGES + 3)]
