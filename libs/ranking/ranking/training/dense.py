"""What meaning says: cosines of an encoder's vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

import numpy as np

from ranking.candidate import Vectors
from ranking.training.benchmark import Document
from ranking.training.bm25 import Real

DECIMALS: Final = 5  # the last bits of a vector depend on its company in the batch


class Encoder(Protocol):
    """Whoever makes vectors; `name` says which computation made them."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text in the given order, of length 1, float32. Long texts are cut by the encoder."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    encoder: Encoder
    texts: Vectors = field(repr=False)
    titles: Vectors = field(repr=False)

    @classmethod
    def of(cls, documents: Sequence[Document], encoder: Encoder) -> Self:
        titles = [document.title.strip() for document in documents]
        titled = np.array([bool(title) for title in titles], np.float32)
        return cls(
            encoder,
            encoder.encode([whole(document) for document in documents]),
            encoder.encode(titles) * titled[:, np.newaxis],  # no title is like nothing
        )


def whole(document: Document) -> str:
    """What is searched of it."""
    return f"{document.title} {document.text}".strip()


def cosines(vectors: Vectors, query: Vectors) -> Real:
    """One query at a time: its figures do not depend on which others are asked."""
    exact: Real = (vectors @ query).astype(np.float64)
    return exact.round(DECIMALS)
