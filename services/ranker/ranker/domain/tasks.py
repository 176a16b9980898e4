"""Work that the ranker hands to itself."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts import Reference, Task
from contracts.ranking import RankingSettings


class TakeStep(Task):
    """Have queries written about one cluster; or wait for the vectors of all of them."""

    topic: ClassVar[str] = "ranker.take_step"

    step: Literal["ask", "await"]
    name: str = Field(description="To ask: the cluster. To wait: the sha256 of the list of texts.")
    asked: Reference | None = Field(default=None, description="To ask: what.")
    settings: RankingSettings = RankingSettings()
    budget_usd: float | None = None

    @property
    def entity(self) -> str:
        return f"{self.step}/{self.name}"
