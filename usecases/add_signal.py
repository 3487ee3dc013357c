"""Add a site's own signal: from then on it is a column, and rules may use it."""

import math

from fleet.errors import CatalogueError, Conflict, InvalidInput
from fleet.signals import Aggregation, Signal, SignalKey, StoredType, check_key
from storage.fleet_write import bump_config_epoch
from storage.pool import Connection
from storage.signals_write import add_signal as insert_signal
from storage.signals_write import load_catalogue

ROW_COLUMNS = ("machine_id", "measured_at", "received_at", "stored_at")  # of `reading`, beside the signals
MAX_SIGNALS = 400  # a PostgreSQL row of the wide table stays within one page's line pointers and the 1600-column limit


def can_be_signal(key: str) -> bool:
    """Whether `add_signal` would take the key; one that exists counts too."""
    try:
        check_key(key)
    except CatalogueError:
        return False
    return key not in ROW_COLUMNS


def add_signal(
    conn: Connection,
    key: str,
    *,
    unit: str,
    en: str,
    zh: str,
    valid: tuple[float, float],
    counter: bool = False,
) -> Signal:
    """Add signal `key`; raises Conflict when it exists, CatalogueError when the key or the range is not possible,
    InvalidInput for limits that are not finite.

    A counter is stored as float8 and rolled up by its increase, anything else as float4 by min, max and mean.
    """
    with conn.transaction():
        catalogue = load_catalogue(conn)
        if key in ROW_COLUMNS:
            raise Conflict("signal_reserved", where="key", key=key)
        if key in catalogue:
            raise Conflict("signal_there", where="key", key=key)
        if not all(map(math.isfinite, valid)):
            raise InvalidInput("signal_range_endless", where="valid", key=key)
        if len(catalogue) >= MAX_SIGNALS:
            raise InvalidInput("signals_full", most=MAX_SIGNALS)
        signal = Signal(
            key=SignalKey(key),
            id=len(catalogue),
            unit=unit,
            en=en,
            zh=zh,
            valid=valid,
            stored=StoredType.FLOAT8 if counter else StoredType.FLOAT4,
            aggregation=Aggregation.COUNTER if counter else Aggregation.GAUGE,
        )
        insert_signal(conn, signal)
        bump_config_epoch(conn)
    return signal
