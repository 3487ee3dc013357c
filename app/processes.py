"""What every process does the same way: settings, logs, signals, the schema check."""

import asyncio
import signal
import ssl
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from app.settings import Settings, explain, load_settings
from gateway.session import Broker

NOT_STARTED = 3  # how an API ends that could not begin: why is in its log


def settings_or_exit() -> Settings:
    """Settings from the environment; prints what is wrong in words and exits 2."""
    try:
        return load_settings()
    except ValidationError as error:
        for sentence in explain(error):
            typer.echo(sentence, err=True)
        raise SystemExit(2) from None


def broker_of(settings: Settings, client_id: str) -> Broker:
    """Where the broker is, with TLS when the address says mqtts."""
    address = urlsplit(settings.broker_url())
    tls = None
    if address.scheme == "mqtts":
        tls = ssl.create_default_context(cafile=str(settings.mqtt_ca_file) if settings.mqtt_ca_file else None)
        if settings.mqtt_cert_file and settings.mqtt_key_file:
            tls.load_cert_chain(settings.mqtt_cert_file, settings.mqtt_key_file)
    password = settings.mqtt_password.get_secret_value() if settings.mqtt_password else None
    return Broker(
        host=address.hostname or "127.0.0.1",
        port=address.port or (8883 if tls else 1883),
        client_id=client_id,
        username=settings.mqtt_username,
        password=password,
        tls=tls,
        receive_maximum=settings.receive_maximum,
    )


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a process's main coroutine on uvloop."""
    import uvloop

    async def body() -> None:
        await main()

    uvloop.run(body())
