"""How a worker asks. Everything comes from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from llm.profiles import PROFILES, Profile, ProfileName


class LlmSettings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    llm_profile: ProfileName = "gemini"
    llm_base_url: str | None = Field(default=None, description="None: the profile's own.")
    llm_api_key: SecretStr | None = Field(
        default=None, description="None: GEMINI_API_KEY or OPENAI_API_KEY, as the profile goes."
    )
    gemini_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None

    gemini_model_name: str = Field(default="gemini-2.5-flash", description="Asked about deals.")
    default_model: str | None = Field(
        default=None, description="Asked about products; none: gpt-4o, or with Gemini GEMINI_MODEL_NAME."
    )
    default_temperature: float = 0.2
    llm_fallback_model: str | None = Field(
        default=None, description="Asked where the first model's answers stay bad."
    )
    llm_output_limit: int = Field(
        default=32768, description="A truncated answer is asked for again with up to so many tokens."
    )

    llm_timeout_seconds: float = Field(default=60, gt=0, description="For one call, from first to last byte.")
    llm_transport_retries: int = Field(default=2, ge=0)
    llm_retry_pause_seconds: float = Field(default=0.5, gt=0, description="Doubles with each retry.")
    llm_longest_wait_seconds: float = Field(
        default=30, description="A longer wait for the provider is left to the queue."
    )
    llm_concurrency: int = Field(default=64, ge=1, description="Calls at once, over all workers.")
    llm_requests_per_minute: float | None = Field(
        default=None, gt=0, description="Calls begun a minute, over all workers; none: no limit."
    )
    llm_tokens_per_minute: float | None = Field(
        default=None, gt=0, description="Of prompts and answers, over all workers; none: no limit."
    )
    llm_log_compression: Literal["none", "gzip"] = Field(
        default="none", description="Of the file of each interaction; change it between runs."
    )
    llm_prices_file: Path | None = Field(default=None, description="None: the list in this package.")
    llm_replay: bool = Field(default=False, description="Stored answers only; the network is never used.")

    @property
    def profile(self) -> Profile:
        return PROFILES[self.llm_profile]

    @property
    def product_model(self) -> str:
        if self.default_model is not None:
            return self.default_model
        return self.gemini_model_name if self.llm_profile == "gemini" else "gpt-4o"

    @property
    def key(self) -> SecretStr | None:
        own = {"gemini": self.gemini_api_key, "openai": self.openai_api_key}
        return self.llm_api_key or own.get(self.llm_profile)
