"""Client of the ECC Telematics API.

    from ecc_client import Client

    with Client("https://ecc.example", api_key="...") as client:
        for machine in client.machines.list():
            print(machine.name)

`AsyncClient` is the same with `async` and `await`. `models` are the shapes of the API's answers and bodies.
"""

from ecc_client import models
from ecc_client._async.client import AsyncClient
from ecc_client._sync.client import Client
from ecc_client.errors import (
    BadAnswer,
    BadSignature,
    Conflict,
    EccError,
    Forbidden,
    InvalidInput,
    MissingExtra,
    NoAnswer,
    NotFound,
    NotSignedIn,
    ProblemError,
    RateLimited,
    ServerFailed,
    Stale,
)
from ecc_client.frames import Event
from ecc_client.retries import Retries
from ecc_client.tables import Columns
from ecc_client.webhooks import verify_signature

__all__ = [
    "AsyncClient",
    "BadAnswer",
    "BadSignature",
    "Client",
    "Columns",
    "Conflict",
    "EccError",
    "Event",
    "Forbidden",
    "InvalidInput",
    "MissingExtra",
    "NoAnswer",
    "NotFound",
    "NotSignedIn",
    "ProblemError",
    "RateLimited",
    "Retries",
    "ServerFailed",
    "Stale",
    "models",
    "verify_signature",
]
