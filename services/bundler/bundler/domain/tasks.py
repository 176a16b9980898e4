"""Work that the bundler hands to itself."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from bundler.domain.planning import ModelConfig
from contracts import Reference, Task

STANDING = "standing"  # the run of work that belongs to no run; it never closes


class TakeStep(Task):
    """Count which products are bought together, for some of them; or have the bundles named."""

    topic: ClassVar[str] = "bundler.take_step"

    step: Literal["mine", "describe"]
    number: int = 0
    book: Reference | None = Field(default=None, description="To mine: the orders.")
    first_row: int = Field(default=0, description="To mine: pairs that begin with a product from here on,")
    end_row: int = Field(default=0, description="up to here, this one left out.")
    basket_cap: int | None = None
    limit_ms: int = 0
    config: ModelConfig | None = Field(default=None, description="To describe: who is asked.")
    budget_usd: float | None = None

    @property
    def entity(self) -> str:
        return f"{self.step}/{self.number}"


class ReadUpload(Task):
    """Read the files of an upload."""

    topic: ClassVar[str] = "bundler.read_upload"

    run_id: str = STANDING
    csv_upload_id: UUID

    @property
    def entity(self) -> str:
        return str(self.csv_upload_id)
