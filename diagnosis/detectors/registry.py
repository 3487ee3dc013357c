"""The detectors by name. `default` is the one that is shipped; the others are its parts, and what it has to beat."""

from collections.abc import Callable

from diagnosis.detectors.baseline import FamilyBaseline
from diagnosis.detectors.drift_band import DriftBand
from diagnosis.detectors.interface import Detector
from diagnosis.detectors.isolation_forest import Isolation
from diagnosis.detectors.peers import Peers
from diagnosis.detectors.principal_components import PrincipalComponents
from diagnosis.detectors.regime_residual import RegimeResidual
from diagnosis.detectors.shipped import Shipped
from fleet.errors import NotFound

DETECTORS: dict[str, Callable[[], Detector]] = {
    "default": Shipped,
    "baseline": FamilyBaseline,
    "peers": Peers,
    "drift_band": DriftBand,
    "regime_residual": RegimeResidual,
    "pca": PrincipalComponents,
    "isolation_forest": Isolation,
}


def make_detector(name: str) -> Detector:
    """A detector that has learned nothing yet. Raises NotFound naming those that there are."""
    if name not in DETECTORS:
        raise NotFound(f"There is no detector {name!r}; there are: {', '.join(DETECTORS)}.")
    return DETECTORS[name]()
