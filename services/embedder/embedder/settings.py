"""How the embedder is set up. Everything comes from the environment."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.safety import SafetyScale
from encoder import Backend, EncoderSettings
from objects import ObjectSettings
from runtime import RuntimeSettings


class FurtherModel(BaseModel):
    """A model beside the default one. Batches, device and threads are those of ENCODER_*."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    backend: Backend = "torch"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="EMBEDDER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
    encoder: EncoderSettings = Field(default_factory=EncoderSettings)

    models: Mapping[str, str | FurtherModel] = Field(
        default={},
        description="Further models that a run may name, as JSON: to each name a packaged model or a folder,"
        " or an object with model, backend and dtype. Loaded when a run first asks.",
    )
    shard_items: int = Field(
        default=1000, ge=1, le=10_000, description="Deals of a run that travel together."
    )
    default_currency: str = Field(
        default="USD",
        pattern=r"^[A-Z]{3}$",
        description="Of a floor whose feed names none; the deal says so.",
    )
    default_safety_scale: SafetyScale = Field(
        default=SafetyScale.IAB, description="What Floor means in a feed that does not say."
    )

    @property
    def further_models(self) -> dict[str, EncoderSettings]:
        return {name: self._encoder(model) for name, model in self.models.items()}

    def _encoder(self, given: str | FurtherModel) -> EncoderSettings:
        model = FurtherModel(model=given) if isinstance(given, str) else given
        return self.encoder.model_copy(update=model.model_dump())
