"""What this checkout created outside itself, so that `make clean` removes exactly that."""

from __future__ import annotations

import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LEDGER = CHECKOUT / ".stamps/made"
MARKER = "made-by-ecc"


def remember(path: Path) -> None:
    """Mark `path` as made by ECC and note it in this checkout's ledger (where the checkout can be written)."""
    (path / MARKER).write_text(f"{CHECKOUT}\n")
    try:
        LEDGER.parent.mkdir(exist_ok=True)
        with LEDGER.open("a") as ledger:
            ledger.write(f"{path}\n")
    except OSError:
        return  # a read-only checkout: `make clean` there has nothing to remove


def forget_all() -> list[Path]:
    """Remove everything in the ledger that still carries this checkout's mark; returns what was removed."""
    if not LEDGER.exists():
        return []
    removed = []
    for line in sorted(set(LEDGER.read_text().splitlines())):
        path = Path(line)
        marker = path / MARKER
        if marker.is_file() and marker.read_text().strip() == str(CHECKOUT):
            shutil.rmtree(path)
            removed.append(path)
    LEDGER.unlink()
    return removed
