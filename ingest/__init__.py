"""Keeping what came: clock and range checks, de-duplication and merging, the ledger, roll-ups and retention."""
