"""Where the three servers are, and what one needs to use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class S3Account:
    endpoint: str
    key: str
    secret: str = field(repr=False)
    bucket: str
    region: str = "us-east-1"

    @classmethod
    def given(cls, environment: Mapping[str, str]) -> S3Account | None:
        """The account that the environment names instead of our own, or None."""
        if not environment.get("S3_ENDPOINT"):
            return None
        return cls(
            endpoint=environment["S3_ENDPOINT"],
            key=environment.get("S3_KEY", ""),
            secret=environment.get("S3_SECRET", ""),
            bucket=environment.get("S3_BUCKET", "assort"),
            region=environment.get("S3_REGION", "us-east-1"),
        )


@dataclass(frozen=True, slots=True)
class Endpoints:
    kafka: str
    postgres_dsn: str = field(repr=False)
    postgres_read_dsn: str = field(repr=False)
    s3: S3Account

    @classmethod
    def given(cls, environment: Mapping[str, str]) -> Endpoints | None:
        """All three from the environment, or None when it does not name all three."""
        account = S3Account.given(environment)
        kafka, dsn = environment.get("KAFKA_SERVERS"), environment.get("POSTGRES_DSN")
        if not (account and kafka and dsn):
            return None
        return cls(kafka, dsn, environment.get("POSTGRES_READ_DSN", dsn), account)

    def environment(self) -> dict[str, str]:
        """What every worker reads."""
        return {
            "KAFKA_SERVERS": self.kafka,
            "POSTGRES_DSN": self.postgres_dsn,
            "POSTGRES_READ_DSN": self.postgres_read_dsn,
            "STORAGE_BACKEND": "s3",
            "S3_ENDPOINT": self.s3.endpoint,
            "S3_KEY": self.s3.key,
            "S3_SECRET": self.s3.secret,
            "S3_BUCKET": self.s3.bucket,
            "S3_REGION": self.s3.region,
        }
