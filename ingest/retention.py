"""r"""
from datetime import timedelta
from typing import Any
def apply_retention(conn: Any, age: timedelta) -> None: ...
