"""`ecc`: one file a noun, no logic here; a command calls the same use case as the API does."""

from app.cli.root import app

__all__ = ["app"]
