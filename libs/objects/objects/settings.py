"""Which store a worker uses. Everything comes from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from objects.folder import FolderObjects
from objects.s3 import S3Objects, S3Place
from objects.store import ObjectStore


class ObjectSettings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    storage_backend: Literal["local", "s3"] = "local"
    storage_root: Path = Field(default=Path("objects"), description="Folder of the local backend.")
    s3_bucket: str = "assort"
    s3_region: str = "us-east-1"
    s3_endpoint: str | None = Field(default=None, description="None: AWS.")
    s3_key: str | None = Field(default=None, description="None: whatever boto3 finds.")
    s3_secret: SecretStr | None = None


def open_objects(settings: ObjectSettings) -> ObjectStore:
    if settings.storage_backend == "local":
        return FolderObjects(settings.storage_root)
    return open_bucket(settings, settings.s3_bucket)


def open_bucket(settings: ObjectSettings, bucket: str) -> S3Objects:
    """This bucket, whatever the store of the services is."""
    return S3Objects(
        S3Place(
            bucket=bucket,
            region=settings.s3_region,
            endpoint=settings.s3_endpoint,
            key=settings.s3_key,
            secret=settings.s3_secret.get_secret_value() if settings.s3_secret else None,
        )
    )
