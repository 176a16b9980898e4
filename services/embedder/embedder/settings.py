"""How the embedder is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.safety import SafetyScale
from encoder import EncoderSettings
from objects import ObjectSettings
from runtime import RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="EMBEDDER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
    encoder: EncoderSettings = Field(default_factory=EncoderSettings)

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
