"""How a bundler is set up. Everything comes from the environment."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from bundler.domain.beginning import Defaults
from llm import LlmSettings
from objects import ObjectSettings
from runtime import PatientSettings, RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BUNDLER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=PatientSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)

    shard_lines: int = Field(
        default=2_000_000,
        ge=1,
        description="Order lines that one worker counts; a larger store is shared out.",
    )
    mining: Literal["process", "spark"] = Field(
        default="process",
        description="Where pairs are counted. spark needs the extra of that name and a JDK.",
    )
    spark_master: str = Field(default="local[*]", description="Where Spark runs, if it counts.")
    max_output_tokens: int = Field(default=4096, ge=256, description="Of one answer.")

    @property
    def defaults(self) -> Defaults:
        return Defaults(
            shard_lines=self.shard_lines,
            max_output_tokens=self.max_output_tokens,
            model=self.llm.product_model,
            temperature=self.llm.default_temperature,
        )
