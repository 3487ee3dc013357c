"""What became of messages that were sent again is not told too early."""

import hashlib
import json
import threading
import time

from storage.pool import connect
from storage.quarantine import Delivered, list_fates
from tests.app.gate import Gate, at, sample
from usecases.replay_quarantine import ReplayReport, Sent, settle


def test_a_message_is_not_kept_because_the_one_before_it_was(gate: Gate) -> None:
    good, bad = sample("M-1", 3, 1, engine_speed_rpm=900.0), ("M-1", {"boot": "b", "seq": 4, "t": True})
    gate.deliver([good, bad], received_s=10)
    sent = []
    for seq, (_, content) in ((3, good), (4, bad)):
        digest = hashlib.sha256(json.dumps(content).encode()).digest()
        identity = Delivered("M-1", "b", seq, digest, at(10))
        sent.append(Sent(identity, list_fates(gate.conn, [identity])[0].covered_at))
    report = ReplayReport()
    with connect(gate.url, application="test") as asking:
        asking.autocommit = True
        seen: list[tuple[int, int]] = []
        waiting = threading.Thread(
            target=lambda: settle(asking, sent, report, timeout_s=20, progress=lambda *done: seen.append(done))
        )
        waiting.start()
        gate.deliver([good], received_s=20)
        time.sleep(1)
        gate.deliver([bad], received_s=21)
        waiting.join(20)
    assert (report.kept, dict(report.refused_again), report.unknown) == (1, {"schema": 1}, 0)
    assert seen[-1] == (2, 2)
