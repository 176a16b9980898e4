import hashlib
import re
from collections.abc import Sequence

import numpy as np

from encoder.port import ModelIdentity, Vectors, unit

DIM = 256
WORD = re.compile(r"\w+")


class HashEncoder:
    """Counts of hashed words. Knows no language: it stands in where a test or a demo has no model."""

    identity = ModelIdentity(name=f"hash-{DIM}", revision="1", backend="hash", dtype="float32", dim=DIM)

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIM), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in WORD.findall(text.casefold()):
                place, sign = hashed(word)
                vector[place] += sign
            if not vector.any():
                vector[hashed(text)[0]] = 1  # no words, or words that cancel: still a direction
        return unit(vectors)


def hashed(word: str) -> tuple[int, int]:
    digest = hashlib.blake2b(word.encode(), digest_size=3).digest()
    return int.from_bytes(digest[:2]) % DIM, 1 if digest[2] % 2 else -1
