"""Private servers with one command: PostgreSQL with TimescaleDB, and Mosquitto, without root and without docker.

with EmbeddedServers(data_dir) as servers:
    servers.database_url("ecc_gateway"), servers.mqtt_url
"""

from app.embedded.errors import DataDirInUseError, EmbeddedError, FetchError, StartError
from app.embedded.places import default_cache_dir, default_data_dir
from app.embedded.servers import EmbeddedServers
from app.embedded.state import RunningServers, running

__all__ = [
    "DataDirInUseError",
    "EmbeddedError",
    "EmbeddedServers",
    "FetchError",
    "RunningServers",
    "StartError",
    "default_cache_dir",
    "default_data_dir",
    "running",
]
