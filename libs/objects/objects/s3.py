"""Objects in a bucket. boto3 blocks, so it works in threads of its own."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from contracts import Blocked, Unavailable
from objects.store import ObjectMissing, checked_key

CONFLICT_TRIES = 5  # S3 answers 409 while another conditional write of the same key is under way
BLOCKED = {"NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "AllAccessDisabled"}
BUSY = {"SlowDown", "RequestTimeout", "Throttling", "TooManyRequests", "ServiceUnavailable", "InternalError"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class S3Place:
    bucket: str
    region: str = "us-east-1"
    endpoint: str | None = None  # None: AWS
    key: str | None = None  # None: whatever boto3 finds, such as the role of the machine
    secret: str | None = None
    connect_seconds: float = 3
    read_seconds: float = 10  # between two bytes, not for the whole body
    connections: int = 32


class S3Objects:
    def __init__(self, place: S3Place) -> None:
        self.place = place
        self._client = _client(place)
        self._threads = ThreadPoolExecutor(place.connections, thread_name_prefix="s3")

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        return await self._run(self._put, checked_key(key), body, content_type)

    async def get(self, key: str) -> bytes:
        return await self._run(self._get, checked_key(key))

    async def exists(self, key: str) -> bool:
        return await self._run(self._exists, checked_key(key))

    async def remove(self, key: str) -> None:
        """For what is kept elsewhere, too. Twice is the same as once."""
        await self._run(self._remove, checked_key(key))

    def close(self) -> None:
        self._threads.shutdown()
        self._client.close()

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _put(self, key: str, body: bytes, content_type: str) -> bool:
        """A repeated PUT whose first answer was lost finds its own object: False, and no harm."""
        for _ in range(CONFLICT_TRIES):
            try:
                self._client.put_object(
                    Bucket=self.place.bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
                )
            except ClientError as error:
                if _status(error) == HTTPStatus.PRECONDITION_FAILED:
                    return False
                if _status(error) != HTTPStatus.CONFLICT:
                    raise _failure(error) from error
            except BotoCoreError as error:
                raise _failure(error) from error
            else:
                return True
        raise Unavailable(f"object store: others keep writing {key}")

    def _get(self, key: str) -> bytes:
        with _failures(key):
            # Not `with answer["Body"]`: that is the bare urllib3 stream, whose errors nobody translates.
            with closing(self._client.get_object(Bucket=self.place.bucket, Key=key)["Body"]) as stream:
                body: bytes = stream.read()
            return body

    def _exists(self, key: str) -> bool:
        try:
            with _failures(key):
                self._client.head_object(Bucket=self.place.bucket, Key=key)
        except ObjectMissing:
            return False
        return True

    def _remove(self, key: str) -> None:
        with _failures(key):
            self._client.delete_object(Bucket=self.place.bucket, Key=key)

    def _keys(self, prefix: str) -> list[str]:
        with _failures(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.place.bucket, Prefix=prefix
            )
            return sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))

    async def list(self, prefix: str) -> list[str]:
        return await self._run(self._keys, prefix)


@contextmanager
def _failures(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _code(error) in {"NoSuchKey", "404", "NotFound"}:
            raise ObjectMissing(key) from error
        raise _failure(error) from error
    except BotoCoreError as error:
        raise _failure(error) from error


def _failure(error: ClientError | BotoCoreError) -> Exception:
    """Who is at fault. A request that S3 calls wrong is a fault of ours: it has no name here."""
    words = f"object store: {error}"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Blocked(words)
    if isinstance(error, BotoCoreError):  # not reached, cut off, timed out, or damaged on the way
        return Unavailable(words)
    if _code(error) in BLOCKED or _status(error) in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Blocked(words)
    if _code(error) in BUSY or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(words)
    return RuntimeError(words)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _client(place: S3Place) -> Any:
    config = Config(
        connect_timeout=place.connect_seconds,
        read_timeout=place.read_seconds,
        max_pool_connections=place.connections,
        retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": "path"} if place.endpoint else {},
    )
    return boto3.session.Session().client(
        "s3",
        region_name=place.region,
        endpoint_url=place.endpoint,
        aws_access_key_id=place.key,
        aws_secret_access_key=place.secret,
        config=config,
    )
