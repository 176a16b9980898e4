"""How a ledger is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime import RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LEDGER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
