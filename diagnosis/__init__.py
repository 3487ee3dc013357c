"""Readings to findings: rule language, vectorised engine, fault codes, re-judging. Pure: no I/O, no clock."""
