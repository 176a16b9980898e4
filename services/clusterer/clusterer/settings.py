"""How the clusterer is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from objects import ObjectSettings
from runtime import RuntimeSettings


class BusySettings(RuntimeSettings):
    """Decisions here burn a processor each: what one worker has not leased, another one can take."""

    concurrency: int = Field(default=2, ge=1, description="Decisions under way at once in this worker.")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CLUSTERER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=BusySettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
