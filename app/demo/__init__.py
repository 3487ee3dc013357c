"""`ecc demo`: the main job on one machine, with a report that can fail."""
