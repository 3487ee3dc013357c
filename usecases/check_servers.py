"""Whether the database and the broker of the settings answer, and what to do when one does not."""

from collections.abc import Mapping

from gateway.republish import BrokerAway, Republisher
from gateway.session import Broker
from storage.reach import Unreachable, place_of, try_database

WITHIN_S = 2


def unanswered(databases: Mapping[str, str], broker: Broker) -> list[str]:
    """A sentence or two for each server that does not let us in; `databases` maps roles to their addresses."""
    return [*unanswered_databases(databases), *_broker(broker)]


def unanswered_databases(databases: Mapping[str, str]) -> list[str]:
    """The same for the database alone, as each role."""
    said = []
    for url in dict.fromkeys(databases.values()):
        role = next(name for name, address in databases.items() if address == url)
        try:
            try_database(url, within_s=WITHIN_S)
        except Unreachable as error:
            if not error.answered:  # nor will it for any other role
                return [
                    f"The database at {place_of(url)} does not answer ({error}). Start it, or correct ECC_DATABASE_URL."
                ]
            said.append(
                f"The database at {place_of(url)} does not let {role} in ({error}). Correct ECC_DATABASE_URL and"
                f" {role.upper()}_PASSWORD; `./ecc migrate` gives the roles the passwords of the settings."
            )
    return said


def _broker(broker: Broker) -> list[str]:
    try:
        with Republisher(broker, within_s=WITHIN_S):
            return []
    except BrokerAway as error:
        return [broker_away(error)]


def broker_away(error: BrokerAway) -> str:
    """What happened and what to do."""
    return f"{error} Start it, or correct ECC_MQTT_URL, ECC_MQTT_USERNAME and ECC_MQTT_PASSWORD."
