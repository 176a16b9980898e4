"""How a ranker is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from llm import LlmSettings
from objects import ObjectSettings
from runtime import PatientSettings, RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RANKER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=PatientSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)
    max_output_tokens: int = Field(default=2048, ge=256, description="Of one answer about a cluster.")
