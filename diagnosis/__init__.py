"""Readings to findings: the rule language, the vectorised engine, fault codes and re-judging. Pure: no I/O, no clock."""
