"""The HTTP API under /api/v1, the live stream and the console's files. Routes call use cases; they hold no logic."""
