"""How the API is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from objects import ObjectSettings
from runtime import RuntimeSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="API_", frozen=True, populate_by_name=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=0, ge=0, le=65535, description="0: any free port.")
    read_dsn: str = Field(
        default="",
        validation_alias="POSTGRES_READ_DSN",
        repr=False,
        description="A role that reads the schema `read`; none: `POSTGRES_DSN`.",
    )
    read_connections: int = Field(default=8, ge=1, description="To the views, in one process at most.")
    max_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, description="Of any other request.")
    max_upload_bytes: int = Field(
        default=128 * 1024 * 1024, ge=1024, description="Of files that are uploaded together."
    )
    max_streams: int = Field(default=100, ge=1, description="Streams of events open at once in one process.")
    events_seconds: float = Field(
        default=1, gt=0, description="Between two looks at a run that somebody follows."
    )
    heartbeat_seconds: float = Field(
        default=15, gt=0, description="A stream that has nothing to tell shows after so long that it lives."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description='Web pages that may ask, e.g. ["https://example.com"]; none: no page.'
    )
    idempotency_hours: float = Field(
        default=24, gt=0, description="How long a request that is sent again is known."
    )
    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)

    @property
    def views_dsn(self) -> str:
        return self.read_dsn or self.runtime.postgres_dsn
