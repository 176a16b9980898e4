"""Flags and environment (SIMULATOR_PORT and so on); flags win."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulator.behaviour import Behaviour, Fault
from simulator.profiles import ProfileName


class Settings(BaseSettings):
    """An OpenAI-compatible server with deterministic answers, for demos and tests."""

    model_config = SettingsConfigDict(
        env_prefix="SIMULATOR_", cli_prog_name="simulator", cli_kebab_case=True, extra="ignore"
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=0, ge=0, le=65535, description="0: any free port.")
    port_file: Path | None = Field(default=None, description="Where to write the port, once it listens.")
    api_key: SecretStr | None = Field(default=None, description="Required from callers, if set.")
    latency: float = Field(default=0, description="Seconds that each answer takes.")
    jitter: float = Field(default=0, description="Seconds added at most, by hash of the prompt.")
    profile: ProfileName = Field(default="simulator", description="Whose limits to imitate.")
    seed: int = Field(default=0, description="Another seed lets other calls fail.")
    gold: Path | None = Field(
        default=None, description="JSON object of product names and their labels, to answer by."
    )
    faults: tuple[Fault, ...] = Field(default=(), description='JSON, e.g. [{"kind": "429", "rate": 0.1}]')

    def behaviour(self) -> Behaviour:
        return Behaviour(
            latency_seconds=self.latency,
            jitter_seconds=self.jitter,
            profile=self.profile,
            seed=self.seed,
            faults=self.faults,
        )
