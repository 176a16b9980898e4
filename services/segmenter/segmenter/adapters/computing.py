"""Batches of like products, in another process.

It starts with the first run: it takes seconds and 170 MB, which a segmenter without work can do without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clustering import Vectors, batches
from runtime import Cpu


@dataclass(frozen=True, slots=True)
class ProcessGrouper:
    cpu: Cpu

    async def batches(
        self, vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
    ) -> list[list[int]]:
        return await self.cpu.run(batches, vectors, weights, size=size, weight=weight, seed=seed)
