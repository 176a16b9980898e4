"""How a worker is set up. Everything comes from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeSettings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    kafka_servers: str = "127.0.0.1:9092"
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_sasl_mechanism: str = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: str = Field(default="", repr=False)
    kafka_ca_file: Path | None = None
    kafka_prefix: str = Field(
        default="", description="Before every topic and group: several Assorts, one Kafka."
    )
    kafka_partitions: int = Field(default=6, ge=1, description="Of a topic that this worker has to create.")
    kafka_replication: int = Field(default=1, ge=1)
    kafka_session_seconds: float = 45  # shorter: a worker under load is thrown out of its group
    kafka_poll_ms: int = Field(
        default=50, description="FastStream sleeps this long again after an empty poll."
    )
    kafka_batch: int = 500

    postgres_dsn: str = Field(default="postgresql://127.0.0.1/assort", repr=False)
    postgres_connections: int = Field(default=12, ge=4)

    concurrency: int = Field(default=16, ge=1, description="Decisions under way at once in this worker.")
    max_pending: int = Field(
        default=5000, description="The worker stops reading while more rows than this can be leased."
    )
    lease_seconds: float = Field(default=30, gt=0)
    max_crashes: int = Field(default=5, ge=1)
    park_seconds: float = Field(
        default=1, description="First wait for the world; doubles up to park_limit_seconds."
    )
    park_limit_seconds: float = 60
    idle_seconds: float = Field(default=0.1, description="Pause between looks for work when there was none.")
    sweep_seconds: float = 10
    keep_days: float = Field(
        default=14,
        description="Rows of done work and sent events stay this many whole days, longer than the topics keep"
        " events. Failed rows are never pruned: a late retry needs them.",
    )

    flood_in_a_row: int = 20
    flood_window: int = 200
    flood_share: float = 0.5

    http_port: int = Field(default=0, description="Metrics and health; 0: any free port; -1: none.")
    http_host: str = "127.0.0.1"
    log_level: str = "INFO"
    grace_seconds: float = Field(
        default=20, description="What is under way may take this long after SIGTERM."
    )
    cpu_workers: int = Field(default=1, ge=1, description="Processes for work that burns CPU.")


class PatientSettings(RuntimeSettings):
    """Of a stage whose decisions mostly wait for a model, so that many fit into one worker."""

    concurrency: int = Field(default=64, ge=1, description="Decisions under way at once in this worker.")
