"""`python -m local` as a person uses it, and the API by which tests hurt the servers."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from local import Endpoints, LocalError, LocalServers, Name, S3Account
from local.servers import NAMES


def local(servers: LocalServers, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "--home", str(servers.home), *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def bucket(account: S3Account) -> Any:
    keys = {"aws_access_key_id": account.key, "aws_secret_access_key": account.secret}
    return boto3.resource("s3", endpoint_url=account.endpoint, region_name=account.region, **keys).Bucket(
        account.bucket
    )


async def send(endpoints: Endpoints, topic: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=endpoints.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=endpoints.kafka, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def first_value(endpoints: Endpoints, topic: str) -> Any:
    consumer = AIOKafkaConsumer(bootstrap_servers=endpoints.kafka)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return (await asyncio.wait_for(consumer.getone(), 10)).value
    finally:
        await consumer.stop()


async def fetch(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_up_again_changes_nothing_and_prints_the_endpoints(local_servers: LocalServers) -> None:
    before = {name: local_servers.pid(name) for name in NAMES}
    said = local(local_servers, "up")

    endpoints = local_servers.endpoints()
    assert said.returncode == 0, said.stderr
    assert {name: local_servers.pid(name) for name in NAMES} == before
    assert endpoints.kafka in said.stdout
    assert endpoints.s3.endpoint in said.stdout
    assert str(local_servers.credentials) in said.stdout
    assert re.search(r"ready after \d+\.\d s", said.stdout)


def test_what_up_prints_holds_no_password(local_servers: LocalServers) -> None:
    said = local(local_servers, "up").stdout
    endpoints = local_servers.endpoints()
    assert endpoints.s3.secret not in said
    assert endpoints.postgres_dsn.split(":")[2].split("@")[0] not in said


def test_the_credentials_are_for_the_owner_alone_and_a_shell_can_source_them(
    local_servers: LocalServers,
) -> None:
    assert local_servers.credentials.stat().st_mode & 0o777 == 0o600
    read = subprocess.run(
        ["/bin/sh", "-c", 'set -a; . "$1"; env', "sh", str(local_servers.credentials)],
        env={},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = local_servers.endpoints().environment()
    assert {f"{name}={value}" for name, value in expected.items()} <= set(read)


@pytest.mark.parametrize("name", NAMES)
async def test_data_survive_kill_9(local_servers: LocalServers, topic_prefix: str, name: Name) -> None:
    endpoints, topic = local_servers.endpoints(), topic_prefix + "kept"
    await send(endpoints, topic, b"kept")
    bucket(endpoints.s3).put_object(Key=topic, Body=b"kept")
    await fetch(endpoints.postgres_dsn, f'create table "{topic}" as select 7 as kept')
    old = local_servers.pid(name)

    local_servers.kill(name)
    assert local_servers.pid(name) is None
    assert not local_servers.answers(name)
    assert local(local_servers, "status").returncode == 1
    said = local(local_servers, "up")

    assert said.returncode == 0, said.stderr
    assert local_servers.pid(name) not in (None, old)
    assert local_servers.endpoints() == endpoints
    assert await first_value(endpoints, topic) == b"kept"
    assert bucket(endpoints.s3).Object(topic).get()["Body"].read() == b"kept"
    assert await fetch(endpoints.postgres_dsn, f'select kept from "{topic}"') == 7


async def test_a_paused_server_is_silent_until_it_is_resumed(local_servers: LocalServers) -> None:
    dsn = local_servers.endpoints().postgres_dsn
    local_servers.pause("postgres")
    with pytest.raises(TimeoutError):
        await asyncpg.connect(dsn, timeout=0.5)
    local_servers.resume("postgres")
    assert await fetch(dsn, "select 1") == 1


async def test_postgres_has_an_owner_and_a_reader_who_owns_nothing(local_servers: LocalServers) -> None:
    endpoints = local_servers.endpoints()
    assert await fetch(endpoints.postgres_dsn, "select current_user::text || '@' || current_database()") == (
        "assort@assort"
    )
    assert await fetch(endpoints.postgres_read_dsn, "select current_user::text") == "assort_read"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(endpoints.postgres_read_dsn, "create table mine (id int)")


@pytest.mark.parametrize(
    ("setting", "value"), [("fsync", "on"), ("synchronous_commit", "on"), ("max_connections", "300")]
)
async def test_postgres_loses_nothing_for_speed(
    local_servers: LocalServers, setting: str, value: str
) -> None:
    assert await fetch(local_servers.endpoints().postgres_dsn, f"show {setting}") == value


def test_a_server_from_the_environment_takes_the_place_of_ours(
    local_servers: LocalServers, tmp_path: Path
) -> None:
    given = local_servers.endpoints()
    other = LocalServers(tmp_path, given.environment())
    assert other.up() == given
    assert [other.pid(name) for name in NAMES] == [None, None, None]
    other.down()
    assert all(local_servers.answers(name) for name in NAMES)


def test_up_repairs_also_where_a_shell_has_sourced_the_credentials(local_servers: LocalServers) -> None:
    local_servers.kill("s3")
    said = local(local_servers, "up", **local_servers.endpoints().environment())
    assert said.returncode == 0, said.stderr
    assert local_servers.answers("s3")


def test_a_server_from_the_environment_that_does_not_answer_is_named(
    local_servers: LocalServers, tmp_path: Path
) -> None:
    environment = {**local_servers.endpoints().environment(), "KAFKA_SERVERS": "127.0.0.1:1"}
    said = local(LocalServers(tmp_path), "up", **environment)
    assert said.returncode == 1
    assert said.stderr.startswith("error: KAFKA_SERVERS is set, but")


def test_a_pid_that_belongs_to_somebody_else_is_left_alone(local_servers: LocalServers) -> None:
    local_servers.stop("s3")
    me = psutil.Process()
    kept = f'{{"pid": "{me.pid}", "started": "{me.create_time()}"}}'
    (local_servers.home / "s3" / "pid.json").write_text(kept)

    assert local_servers.pid("s3") is None
    local_servers.kill("s3")
    assert me.is_running()


def test_a_stale_lock_of_postgres_does_not_keep_it_down(local_servers: LocalServers) -> None:
    local_servers.kill("postgres")
    lock = local_servers.home / "postgres" / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    local_servers.start("postgres")
    assert local_servers.answers("postgres")


def test_a_port_that_was_taken_meanwhile_is_replaced(local_servers: LocalServers) -> None:
    old = local_servers.endpoints().s3.endpoint
    local_servers.stop("s3")
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", int(old.rpartition(":")[2])))
        thief.listen()
        new = local_servers.up().s3.endpoint
    assert new != old
    assert local_servers.answers("s3")


def test_down_leaves_no_process(local_servers: LocalServers) -> None:
    families = [local_servers.process(name) for name in NAMES]
    everyone = [each for p in families if p for each in [p, *p.children(recursive=True)]]
    assert len(everyone) > len(NAMES)

    assert local(local_servers, "down").returncode == 0
    _, alive = psutil.wait_procs(everyone, timeout=10)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    assert local(local_servers, "status").returncode == 1
    assert local(local_servers, "down").returncode == 0


def test_root_without_user_namespaces_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))  # without unshare
    with pytest.raises(LocalError, match=r"unshare.*ordinary user.*POSTGRES_DSN"):
        LocalServers(tmp_path / "home").start("postgres")
