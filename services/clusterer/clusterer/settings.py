"""How the clusterer is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from objects import ObjectSettings
from runtime import RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CLUSTERER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
