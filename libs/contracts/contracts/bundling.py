"""What a run of bundles may be told."""

from uuid import UUID

from pydantic import Field, model_validator

from contracts.event import Entity
from contracts.moments import Moment
from contracts.order import DEFAULT_STORE, Store

MAX_BUNDLES = 100


class BundleLlm(Entity):
    """Which model names the bundles. Null: the bundler's own default."""

    model: str | None = Field(default=None, max_length=200)
    temperature: float | None = Field(default=None, ge=0, le=2)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    fresh: int = Field(
        default=0, ge=0, description="Sample number: 0 uses stored answers, n asks for the n-th new one."
    )
    prompt_version: int | None = Field(default=None, ge=1, description="Null: the newest.")


class BundleSettings(Entity):
    """What held is stored with the run."""

    embedding_model: str | None = Field(
        default=None, max_length=200, description="One that the embedder has; null: its default."
    )
    bundles: int = Field(default=10, ge=1, le=MAX_BUNDLES, description="So many are chosen at most.")
    objectives: int | None = Field(
        default=None,
        ge=1,
        le=8,
        description="How many are pursued; null: as many as the time allows, 2 to 6."
        " With the number that a run recorded, it can be made again.",
    )
    target_ms: int = Field(
        default=12_000, ge=100, le=600_000, description="Work is planned to take so long at most."
    )
    limit_ms: int = Field(
        default=20_000, ge=200, le=600_000, description="Work ends by then, with what was found."
    )
    diverse: bool = Field(
        default=True, description="Choose bundles that differ from each other; if not, by score alone."
    )
    mmr_lambda: float = Field(
        default=0.7, ge=0, le=1, description="1: only the score counts; 0: only how they differ."
    )
    basket_cap: int | None = Field(
        default=None,
        ge=2,
        description="Of larger orders, only so many products count, the ones most sold; null: all count.",
    )
    trust: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Share of associations that may be chance, among those that are believed.",
    )
    describe: bool = Field(default=False, description="A model names and describes the bundles afterwards.")
    llm: BundleLlm = BundleLlm()

    @model_validator(mode="after")
    def _limit_after_target(self) -> "BundleSettings":
        if self.limit_ms < self.target_ms:
            raise ValueError("limit_ms is below target_ms: work cannot be planned past its end")
        return self


class BundlesBrief(Entity):
    """Of which store's orders bundles are to be made, and how."""

    store: Store = DEFAULT_STORE
    csv_upload_id: UUID | None = Field(
        default=None, description="Orders of this upload; null: those that the store published."
    )
    as_of: Moment | None = Field(
        default=None, description="Later orders do not count, and this is today; null: the last order."
    )
    settings: BundleSettings = BundleSettings()
