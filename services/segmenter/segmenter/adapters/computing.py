"""Batches of like products, in another process."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clustering import Vectors, batches
from runtime import Cpu


@dataclass(frozen=True, slots=True)
class ProcessGrouper:
    cpu: Cpu

    async def batches(
        self, vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
    ) -> list[list[int]]:
        return await self.cpu.run(batches, vectors, weights, size=size, weight=weight, seed=seed)

    async def warm_up(self) -> None:
        """Start the process and load its libraries, which takes seconds, before a run waits for it."""
        await self.batches(np.zeros((0, 1), np.float32), [], size=1, weight=1, seed=0)
