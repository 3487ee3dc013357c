"""The models of remaining life by name; `default` is the one that is shipped."""

from collections.abc import Callable

from diagnosis.wear.boosted import Boosted
from diagnosis.wear.interface import LifeModel
from diagnosis.wear.straight import Straight
from fleet.errors import NotFound

LIFE_MODELS: dict[str, Callable[[], LifeModel]] = {"default": Boosted, "ridge": Straight}


def make_life_model(name: str) -> LifeModel:
    """A model that has learned nothing yet. Raises NotFound naming those that there are."""
    if name not in LIFE_MODELS:
        raise NotFound(f"There is no model {name!r} of remaining life; there are: {', '.join(LIFE_MODELS)}.")
    return LIFE_MODELS[name]()
