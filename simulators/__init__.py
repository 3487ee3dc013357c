"""Machines that do not exist: physics, labelled faults, transport faults, own encoders, replay of recorded logs."""
