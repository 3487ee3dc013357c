"""The rows of the bench: every machine is measured every 10 s from one instant on."""

ROW_S = 10.0
ROW_US = 10_000_000
DAY_ROWS = 8_640
HOUR_ROWS = 360
START_US = 1_772_323_200_000_000  # 2026-03-01 00:00 UTC


def instant_us(row: int) -> int:
    """When a row is measured."""
    return START_US + row * ROW_US
