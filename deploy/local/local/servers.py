"""The three servers of one state folder: up, down, and the ways in which a test may hurt them."""

from __future__ import annotations

import fcntl
import shlex
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import psutil

from local import checks
from local.endpoints import Endpoints, S3Account
from local.errors import LocalError, NotReady
from local.kafka import Kafka
from local.postgres import Postgres
from local.process import Process, wait_until
from local.s3 import S3Proxy
from local.state import State, is_free, write_private

Name = Literal["kafka", "postgres", "s3"]
NAMES: tuple[Name, ...] = ("kafka", "postgres", "s3")
GIVEN_BY: dict[Name, str] = {"kafka": "KAFKA_SERVERS", "postgres": "POSTGRES_DSN", "s3": "S3_ENDPOINT"}

READY_SECONDS = 60.0
# The first clean stop of a Java server writes its start-up cache.
STOP_SECONDS = 120.0


class Server(Protocol):
    """One of the three. `check` raises NotReady; everything may be done again at any time."""

    @property
    def ports(self) -> tuple[str, ...]: ...
    @property
    def stop_signal(self) -> signal.Signals: ...
    def prepare(self) -> None: ...
    def command(self) -> list[str]: ...
    def check(self) -> None: ...
    def stopped(self) -> None: ...


class LocalServers:
    """A server that the environment names takes the place of ours: checked, never started or stopped."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self._environment = dict(environment or {})
        self._state = State(self.home)
        self._processes = {name: Process(self.home / name) for name in NAMES}

    @property
    def credentials(self) -> Path:
        return self.home / "credentials.env"

    @property
    def own(self) -> tuple[Name, ...]:
        return tuple(name for name in NAMES if self._is_own(name))

    def up(self) -> Endpoints:
        """Whatever stands already is left alone, the rest is started. Returns when all three answer."""
        with self._locked():
            for name in self.own:
                self._settle_ports(name)
            each(NAMES, self._bring_up)
            endpoints = self.endpoints()
            self._write_credentials(endpoints)
            return endpoints

    def down(self) -> None:
        """Data stay. Returns when no process is left."""
        if self.home.exists():
            with self._locked():
                each(NAMES, self._stop)

    def start(self, name: Name) -> None:
        with self._locked():
            each((name,), self._bring_up)

    def stop(self, name: Name) -> None:
        with self._locked():
            self._stop(name)

    def kill(self, name: Name) -> None:
        """kill -9."""
        self._processes[name].kill()

    def pause(self, name: Name) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._processes[name].signal_all(signal.SIGSTOP)

    def resume(self, name: Name) -> None:
        self._processes[name].signal_all(signal.SIGCONT)

    def pid(self, name: Name) -> int | None:
        process = self.process(name)
        return process.pid if process else None

    def process(self, name: Name) -> psutil.Process | None:
        return self._processes[name].find()

    def log(self, name: Name) -> Path:
        return self._processes[name].log

    def answers(self, name: Name) -> bool:
        if name in self.own and self.pid(name) is None:
            return False
        try:
            each((name,), self._check)
        except NotReady:
            return False
        return True

    def endpoints(self) -> Endpoints:
        postgres = self._postgres()
        dsn = self._environment.get("POSTGRES_DSN") or postgres.dsn
        read_dsn = (
            postgres.read_dsn if "postgres" in self.own else self._environment.get("POSTGRES_READ_DSN", dsn)
        )
        kafka = self._environment.get("KAFKA_SERVERS") or self._kafka().servers
        return Endpoints(kafka, dsn, read_dsn, self._account())

    def _is_own(self, name: Name) -> bool:
        """Also when a shell has sourced our own credentials: `up` must still repair."""
        given = self._environment.get(GIVEN_BY[name])
        return not given or (self.home.exists() and given == self._own_address(name))

    def _own_address(self, name: Name) -> str:
        if name == "kafka":
            return self._kafka().servers
        return self._postgres().dsn if name == "postgres" else self._own_account().endpoint

    def _server(self, name: Name) -> Server:
        makers: dict[Name, Callable[[], Server]] = {
            "kafka": self._kafka,
            "postgres": self._postgres,
            "s3": self._s3,
        }
        return makers[name]()

    def _kafka(self) -> Kafka:
        return Kafka(self.home / "kafka", self._state.port("kafka"), self._state.port("kafka_controller"))

    def _postgres(self) -> Postgres:
        return Postgres(
            self.home / "postgres",
            self._state.port("postgres"),
            admin_password=self._state.password("postgres"),
            password=self._state.password("assort"),
            read_password=self._state.password("assort_read"),
        )

    def _s3(self) -> S3Proxy:
        return S3Proxy(self.home / "s3", self._account())

    def _account(self) -> S3Account:
        return S3Account.given(self._environment) or self._own_account()

    def _own_account(self) -> S3Account:
        endpoint = f"http://127.0.0.1:{self._state.port('s3')}"
        return S3Account(endpoint, "assort", self._state.password("s3"), bucket="assort")

    def _settle_ports(self, name: Name) -> None:
        """A port that somebody took while our server was down is replaced."""
        if self._processes[name].find() is None:
            for port in self._server(name).ports:
                if not is_free(self._state.port(port)):
                    self._state.choose_port(port)

    def _bring_up(self, name: Name) -> None:
        if name not in self.own:
            return self._check_given(name)
        process = self._processes[name]
        if process.find() is None:
            self._start(name)
        process.signal_all(signal.SIGCONT)  # a test may have paused it
        try:
            wait_until(
                lambda: self._check(name), seconds=READY_SECONDS, alive=lambda: process.find() is not None
            )
        except NotReady as error:
            raise LocalError(why_not_ready(name, process, error)) from error

    def _start(self, name: Name) -> None:
        server, process = self._server(name), self._processes[name]
        process.folder.mkdir(parents=True, exist_ok=True)
        server.prepare()
        process.start(server.command())

    def _check_given(self, name: Name) -> None:
        try:
            self._check(name)
        except NotReady as error:
            variable = GIVEN_BY[name]
            raise LocalError(
                f"{variable} is set, but: {error}. Start that server, or unset {variable}."
            ) from error

    def _check(self, name: Name) -> None:
        if name in self.own:
            self._server(name).check()
        elif name == "kafka":
            checks.kafka_answers(self._environment["KAFKA_SERVERS"])
        elif name == "postgres":
            checks.postgres_answers(self._environment["POSTGRES_DSN"])
        else:
            checks.s3_answers(self._account(), create=False)

    def _stop(self, name: Name) -> None:
        server = self._server(name)
        if self._processes[name].stop(server.stop_signal, STOP_SECONDS):
            server.stopped()

    def _write_credentials(self, endpoints: Endpoints) -> None:
        lines = [f"{name}={shlex.quote(value)}" for name, value in endpoints.environment().items()]
        write_private(self.credentials, "\n".join(lines) + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two at once wait for each other."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.home / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def each(names: tuple[Name, ...], action: Callable[[Name], None]) -> None:
    """In threads of their own, also one: the checks run an event loop, and the caller may have one."""
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(action, names))


def why_not_ready(name: Name, process: Process, error: NotReady) -> str:
    words = process.last_words()
    if process.find() is not None:
        return f"{name} runs but does not answer ({error}): run `python -m local down`, then up.\n{words}"
    if "in use" in words:
        return f"another program took the port of {name} just now: run `python -m local up` again.\n{words}"
    return f"{name} ended while starting. Its log, {process.log}, ends:\n{words}"
