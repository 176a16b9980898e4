"""The whole product on real servers: five services, the simulator and the command line as processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import psycopg

from cli.demo_data import generate_deals
from cli.simulating import running_simulator
from cli.workers import ONE_OF_EACH, Workers, start_workers
from local import Endpoints
from tests.databases import drop_database_now
from tests.e2e.waiting import eventually

COMMAND_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Pipeline:
    servers: Endpoints
    environment: Mapping[str, str] = field(repr=False)
    dsn: str = field(repr=False)  # of the owner: for tampering
    simulator: str
    workers: Workers
    folder: Path

    def assort(self, tenant: str, *words: str, code: int | None = 0, typed: str = "") -> Done:
        """Run a command as a user does. `code` None: whatever it ends with."""
        command = [sys.executable, "-m", "cli", "--tenant", tenant, *words]
        done = subprocess.run(
            command,
            env=dict(self.environment),
            input=typed,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
            cwd=self.folder,
        )
        assert code is None or done.returncode == code, (
            f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def behave(self, **behaviour: Any) -> None:
        """How the simulator answers from now on."""
        self._simulator("POST", "/admin/behaviour", behaviour)

    def requests(self) -> int:
        """How many calls the simulator was ever sent."""
        return len(self.questions())

    def questions(self) -> list[str]:
        """The sha256 of the prompt of each of these calls."""
        return [received["prompt_sha256"] for received in self._simulator("GET", "/admin/requests")]

    def _simulator(self, method: str, path: str, body: Any = None) -> Any:
        with closing(HTTPConnection(urlsplit(self.simulator).netloc, timeout=10)) as connection:
            connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, text
            return json.loads(text)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            done = connection.execute(query, values)
            return list(done.fetchall()) if done.description else []

    @contextmanager
    def bucket(self) -> Iterator[Any]:
        account = self.servers.s3
        client = boto3.client(
            "s3",
            endpoint_url=account.endpoint,
            aws_access_key_id=account.key,
            aws_secret_access_key=account.secret,
            region_name=account.region,
        )
        with closing(client):
            yield client

    def published(self, tenant: str, deals: Sequence[Mapping[str, Any]]) -> list[str]:
        """Publish deals and wait until the embedder has them; returns their item ids."""
        text = "\n".join(json.dumps(deal) for deal in deals)
        self.assort(tenant, "publish", "-", typed=text)
        return self.arrived(tenant, len(deals))

    def arrived(self, tenant: str, count: int) -> list[str]:
        # A run that names its deals waits for them; here all are wanted, so all must be there first.

        query = "select item_id from read.items_v1 where tenant = %s and not withdrawn order by item_id"
        eventually(lambda: len(self.sql(query, tenant)) == count, f"{count} deals of {tenant} have arrived")
        return [row[0] for row in self.sql(query, tenant)]

    def sold(self, tenant: str, count: int) -> None:
        query = "select count(*) from read.orders_v1 where tenant = %s and not withdrawn"
        eventually(lambda: self.sql(query, tenant) == [(count,)], f"{count} orders of {tenant} have arrived")

    def run(self, tenant: str, *words: str, code: int | None = 0) -> str:
        """Ask for packages and follow the run until it is over; returns its id."""
        done = self.assort(tenant, "run", "packages", *words, code=code)
        return done.out.splitlines()[0]


def made_up_deals(count: int) -> list[dict[str, Any]]:
    return [demo.deal for demo in generate_deals(count)]


def new_tenant() -> str:
    """Tests share the servers; what they store and answer lies apart."""
    return f"t{uuid4().hex[:10]}"


@contextmanager
def running_pipeline(servers: Endpoints, folder: Path, **settings: str) -> Iterator[Pipeline]:
    """`settings`: environment variables that are to be other than usual."""
    name = f"e2e_{uuid4().hex[:12]}"
    with psycopg.connect(servers.postgres_dsn, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    try:
        with running_simulator(0, folder) as address:
            environment = _environment(servers, name, address) | settings
            workers = start_workers(environment, ONE_OF_EACH, folder)
            try:
                workers.wait_ready()
                dsn = environment["POSTGRES_DSN"]
                yield Pipeline(servers, environment, dsn, address, workers, folder)
            finally:
                workers.stop()
    finally:
        drop_database_now(servers.postgres_dsn, name)


def _environment(servers: Endpoints, database: str, simulator: str) -> dict[str, str]:
    return {
        **servers.environment(),
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "POSTGRES_DSN": _in(servers.postgres_dsn, database),
        "POSTGRES_READ_DSN": _in(servers.postgres_read_dsn, database),
        "KAFKA_PREFIX": f"{database}.",
        "KAFKA_PARTITIONS": "2",
        "LLM_PROFILE": "simulator",
        "LLM_BASE_URL": simulator,
        "LLM_TRANSPORT_RETRIES": "0",
        "ENCODER_BACKEND": "hash",  # no model to load
        "LEASE_SECONDS": "9",  # a cancelled call is let go after a third of it
        "PARK_SECONDS": "0.2",
        "PARK_LIMIT_SECONDS": "1",
        "LOG_LEVEL": "WARNING",
    }


def _in(dsn: str, database: str) -> str:
    return dsn.rpartition("/")[0] + f"/{database}"
