"""Who calls: people by their sessions, integrators' clients by their secrets and tokens."""
