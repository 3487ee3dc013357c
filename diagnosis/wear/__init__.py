"""How long a machine still has: models learned from machines that were run to their end."""
