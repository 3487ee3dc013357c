"""Wire formats, one module each; `Decoder` is their one entrance and `BatchBuilder` what they fill."""

from gateway.decode.builder import BatchBuilder
from gateway.decode.decoder import Decoder

__all__ = ["BatchBuilder", "Decoder"]
