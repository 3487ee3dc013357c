"""Prometheus metrics of the gateway, housekeeping and diagnose; names end in their unit."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("ecc_gateway_messages_total", "MQTT messages committed or quarantined")
ROWS = Counter("ecc_gateway_rows_total", "Reading rows by outcome", ["outcome"])
EVENTS = Counter("ecc_gateway_events_total", "Event rows stored")
QUARANTINED = Counter("ecc_gateway_quarantined_total", "Messages and rows quarantined", ["reason"])
REDELIVERED = Counter("ecc_gateway_redelivered_total", "Messages the broker delivered again")
UNLISTED = Counter("ecc_gateway_unlisted_total", "Messages kept that the ledger had no room to list")
BATCHES = Counter("ecc_gateway_batches_total", "Transactions committed")
BATCH_RETRIES = Counter("ecc_gateway_batch_retries_total", "Transactions that failed and were tried again")
COMMIT_SECONDS = Histogram(
    "ecc_gateway_commit_seconds",
    "From the hand-over of a batch to its commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
RECEIVE_TO_COMMIT_SECONDS = Histogram(
    "ecc_gateway_receive_to_commit_seconds",
    "From the oldest message of a batch to its commit",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
WAITING = Gauge("ecc_gateway_waiting_messages", "Messages decoded and not yet handed to the writer")
STATE_WRITES_FAILED = Counter("ecc_gateway_state_writes_failed_total", "Writes of machine states to be tried again")
CONNECTED = Gauge("ecc_gateway_mqtt_connected", "1 while the MQTT session is up")
ALARMS = Counter("ecc_alarms_total", "Alarm transitions", ["kind"])
REJUDGED = Counter("ecc_rejudged_machines_total", "Machines judged again because of late rows")
SILENT = Gauge("ecc_silent_machines", "Machines whose silence is told now")
ROLLED_UP = Counter("ecc_housekeeping_ranges_total", "Dirty ranges rolled up")
EXPIRED = Counter("ecc_housekeeping_expired_rows_total", "Rows deleted because they are past their age", ["table"])
EVIDENCE_PACKS = Counter("ecc_evidence_packs_total", "Evidence packs by outcome", ["outcome"])
EVIDENCE_WAITING = Gauge("ecc_evidence_waiting_findings", "Findings without evidence of what they are now")
DIAGNOSE_SECONDS = Histogram(
    "ecc_diagnose_step_seconds",
    "One run of a step of ecc diagnose",
    ["step"],
    buckets=(0.002, 0.01, 0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120),
)
DIAGNOSE_FAILURES = Counter("ecc_diagnose_step_failures_total", "Steps of ecc diagnose that failed", ["step"])
DIAGNOSE_DEGRADED = Gauge("ecc_diagnose_degraded", "1 while a step of ecc diagnose fails or is stuck", ["step"])
