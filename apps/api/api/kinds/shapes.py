"""What answers of all kinds have in common."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.runs import Cost, Counts

Status = Literal[
    "started", "running", "completed", "completed_with_failures", "failed", "cancelled", "refused"
]
State = Literal["active", "paused", "cancelling", "over"]
Percent = Annotated[float, Field(ge=0, le=100)]

EXAMPLE_RUN = "RUN_20250618T120301Z_8d24f1aa"
EXAMPLE_COUNTS: dict[str, Any] = {"placed": 98, "failed": 1, "excluded": 1, "segments": 7, "out_of_scope": 3}
EXAMPLE_COST: dict[str, Any] = {"usd": 0.0421, "calls": 9, "stored_answers": 2, "unpriced_calls": 0}


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class Ask(BaseModel):
    """A body that is sent: what it says that we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RunStatus(Shape):
    run_id: str
    revision: int = Field(description="Attempt at the run; a retry is the next one.")
    status: Status = Field(
        description="started: asked for, no service has told of it yet; refused: it cannot be done as asked."
    )
    state: State = Field(description="Whether somebody steers it.")
    phase: str
    progress_percent: Percent
    estimated_completion: datetime | None = Field(
        description="At the pace so far, for the steps that are known; null: nothing to go by."
    )
    steps: int
    steps_done: int
    requested_at: datetime | None
    finished_at: datetime | None
    counts: Counts
    cost: Cost
    budget_usd: float | None
    words: str = Field(description="What the services say of it.")


class RunListed(Shape):
    run_id: str
    revision: int
    status: Status
    requested_at: datetime | None
    finished_at: datetime | None
    counts: Counts
    cost: Cost | None = Field(description="Null: it is not over.")
    words: str


class Steered(Shape):
    run_id: str
    revision: int
    status: Literal["cancelling", "started"]

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"run_id": EXAMPLE_RUN, "revision": 2, "status": "started"}]},
    )
