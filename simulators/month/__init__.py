"""Months of a machine in seconds: its work, wear and faults as rows 10 s apart, with what is true of them."""
