"""Work that the segmenter hands to itself."""

from typing import ClassVar

from pydantic import Field

from contracts import Reference, Task
from contracts.segmenting import Phase
from segmenter.domain.params import ModelConfig


class TakeStep(Task):
    """Ask a model about some products, or about some categories."""

    topic: ClassVar[str] = "segmenter.take_step"

    phase: Phase
    number: int
    asked: Reference = Field(description="What it is about.")
    category: str
    config: ModelConfig
    budget_usd: float | None = None

    @property
    def entity(self) -> str:
        return f"{self.phase}/{self.number}"
