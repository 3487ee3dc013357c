"""The fleet in the words of ISO 15143-3 (AEMP 2.0): the snapshot and the time series of each of its elements."""
