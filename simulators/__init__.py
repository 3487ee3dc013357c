"""Machines that do not exist: seeded physics, labelled faults, transport faults, own encoders, replay of recorded logs."""
