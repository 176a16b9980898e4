"""The three servers as containers, where a Docker engine answers."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from local import Endpoints, S3Account, checks
from local.kafka import PROPERTIES
from local.process import wait_until
from local.state import State

READY_SECONDS = 120.0


def docker_answers() -> bool:
    """Asked without Docker's client, which leaves its sockets open where nothing listens."""
    host = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    local = host.scheme == "unix"
    with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
        probe.settimeout(2)
        try:
            probe.connect(host.path if local else (host.hostname or "127.0.0.1", host.port or 2375))
        except OSError:
            return False
        return True


@contextmanager
def containers(home: Path) -> Iterator[Endpoints]:
    """The ports are chosen here, because Kafka has to announce its own."""
    # We stop what we start, and the image of the reaper may not be at hand.
    testcontainers_config.ryuk_disabled = True
    state = State(home)
    password = secrets.token_hex(16)
    dsn = f"postgresql://assort:{password}@127.0.0.1:{state.port('postgres')}/assort"
    endpoints = Endpoints(
        kafka=f"127.0.0.1:{state.port('kafka')}",
        postgres_dsn=dsn,
        postgres_read_dsn=dsn,
        s3=S3Account(f"http://127.0.0.1:{state.port('s3')}", "assort", password, bucket="assort"),
    )
    with ExitStack() as stack:
        for container in (kafka(state.port("kafka")), postgres(endpoints), s3(endpoints.s3)):
            stack.enter_context(container)
        wait_for(lambda: checks.kafka_answers(endpoints.kafka))
        wait_for(lambda: checks.postgres_answers(endpoints.postgres_dsn))
        wait_for(lambda: checks.s3_answers(endpoints.s3, create=True))
        yield endpoints


def wait_for(check: Callable[[], None]) -> None:
    # In a thread: the checks run an event loop, and pytest has one here.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(wait_until, check, seconds=READY_SECONDS, alive=lambda: True).result()


def listening(image: str, port: int, *, inside: int) -> DockerContainer:
    container = DockerContainer(image)
    address: Any = ("127.0.0.1", port)  # with_bind_ports would listen to the whole network
    container.ports[f"{inside}/tcp"] = address
    return container


def kafka(port: int) -> DockerContainer:
    container = listening("apache/kafka:4.3.1", port, inside=port)
    lines = PROPERTIES.format(port=port, controller=9093).splitlines()
    for name, _, value in (line.partition("=") for line in lines if not line.startswith("#")):
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    return container.with_env("KAFKA_LOG_DIRS", "/tmp/kafka").with_env(  # noqa: S108 - inside the container
        "KAFKA_LISTENERS", f"PLAINTEXT://:{port},CONTROLLER://:9093"
    )


def postgres(endpoints: Endpoints) -> DockerContainer:
    address = urlsplit(endpoints.postgres_dsn)
    return (
        listening("postgres:18", address.port or 5432, inside=5432)
        .with_env("POSTGRES_USER", address.username or "")
        .with_env("POSTGRES_PASSWORD", address.password or "")
        .with_env("POSTGRES_DB", "assort")
        .with_command("postgres -c max_connections=300")
    )


def s3(account: S3Account) -> DockerContainer:
    port = urlsplit(account.endpoint).port or 9000
    return (
        listening("minio/minio:RELEASE.2025-09-07T16-13-09Z", port, inside=9000)
        .with_env("MINIO_ROOT_USER", account.key)
        .with_env("MINIO_ROOT_PASSWORD", account.secret)
        .with_command("server /data")
    )
