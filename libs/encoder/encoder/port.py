from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts import AssortError

Vectors = NDArray[np.float32]


class EncoderMissing(AssortError):
    """The model or a library that it needs is not installed; the words say what to install."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which computation made a vector: vectors of different identities are not compared."""

    name: str
    revision: str  # how the sha256 of the weights begins
    backend: str
    dtype: str
    dim: int

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}/{self.backend}/{self.dtype}/{self.dim}"


def unit(vectors: Vectors) -> Vectors:
    """Each row at length 1, so that a dot product is a cosine."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: Vectors = np.divide(vectors, lengths, dtype=np.float32)
    return rows


class Encoder(Protocol):
    """Computes vectors; blocks for as long as that takes."""

    @property
    def identity(self) -> ModelIdentity: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text in the given order, of length 1, float32.

        The last bits of a vector may depend on its company in the batch (padding): whoever stores
        vectors keeps the first one written.
        """
        ...
