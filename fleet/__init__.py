"""The language all packages share: signals, batches, faults, findings, alarms and errors. No I/O, no clock."""
