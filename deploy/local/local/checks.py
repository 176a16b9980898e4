"""Does a server answer? Asked with the clients that the product uses."""

from __future__ import annotations

import asyncio
import socket

import asyncpg
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from local.endpoints import S3Account
from local.errors import NotReady


def port_is_open(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        raise NotReady(f"nothing listens on {host}:{port}") from error


def kafka_answers(servers: str) -> None:
    """Metadata names a broker: only then can topics be made and groups be joined."""
    host, _, port = servers.partition(",")[0].rpartition(":")
    port_is_open(host, int(port))  # the client logs an error for each closed port
    asyncio.run(_kafka_answers(servers))


async def _kafka_answers(servers: str) -> None:
    client = AIOKafkaClient(bootstrap_servers=servers, request_timeout_ms=5000)
    try:
        await client.bootstrap()
        if not client.cluster.brokers():
            raise NotReady("Kafka knows of no broker yet")
    except (KafkaError, OSError) as error:
        raise NotReady(f"Kafka does not answer: {error}") from error
    finally:
        await client.close()


def postgres_answers(dsn: str) -> None:
    asyncio.run(_postgres_answers(dsn))


async def _postgres_answers(dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            await connection.execute("select 1")
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotReady(f"Postgres does not answer: {type(error).__name__} {error}") from error


def s3_answers(account: S3Account, *, create: bool) -> None:
    """The bucket is there and the key opens it."""
    # Imported late: it takes half a second, in which the server starts.
    import boto3  # noqa: PLC0415
    from botocore.client import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    # A session of its own: the default session is not made for threads.
    client = boto3.session.Session(
        aws_access_key_id=account.key, aws_secret_access_key=account.secret, region_name=account.region
    ).client("s3", endpoint_url=account.endpoint, config=config)
    try:
        names = (
            {bucket["Name"] for bucket in client.list_buckets()["Buckets"]} if create else {account.bucket}
        )
        if account.bucket not in names:
            client.create_bucket(Bucket=account.bucket)
        client.head_bucket(Bucket=account.bucket)
    except (BotoCoreError, ClientError) as error:
        raise NotReady(f"bucket {account.bucket} at {account.endpoint} does not answer: {error}") from error
    finally:
        client.close()
