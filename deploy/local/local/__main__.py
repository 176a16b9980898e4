"""`python -m local up|down|status|logs`: real Kafka, Postgres and S3 on 127.0.0.1."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from local import jars
from local.errors import LocalError
from local.folders import default_home
from local.servers import GIVEN_BY, NAMES, LocalServers, Name


def up(servers: LocalServers) -> int:
    began = time.monotonic()
    endpoints = servers.up()
    postgres = urlsplit(endpoints.postgres_dsn)
    print(f"kafka     {endpoints.kafka}")
    print(f"postgres  {postgres.hostname}:{postgres.port}{postgres.path}")
    print(f"s3        {endpoints.s3.endpoint}/{endpoints.s3.bucket}")
    print(f"ready after {time.monotonic() - began:.1f} s; addresses and passwords: {servers.credentials}")
    return 0


def install(servers: LocalServers) -> int:
    """Beforehand, so that the first `up` is quick."""
    for program in jars.COORDINATES:
        if program in servers.own:
            jars.classpath(program)
    return 0


def down(servers: LocalServers) -> int:
    servers.down()
    print(f"stopped; the data stay in {servers.home}")
    return 0


def status(servers: LocalServers) -> int:
    """Exit status 0 if all three answer."""
    answers = {name: servers.answers(name) for name in NAMES}
    for name, answering in answers.items():
        words = "answers" if answering else "does not answer"
        print(f"{name:<9} {where(servers, name):<28} {words}")
    return 0 if all(answers.values()) else 1


def where(servers: LocalServers, name: Name) -> str:
    if name not in servers.own:
        return f"given by {GIVEN_BY[name]}"
    process = servers.process(name)
    if process is None:
        return "not running"
    return f"pid {process.pid}, {process.memory_info().rss / 1e6:.0f} MB"


def logs(servers: LocalServers, only: Name | None, lines: int, *, follow: bool) -> int:
    files = [str(servers.log(name)) for name in NAMES if only in (None, name) and servers.log(name).exists()]
    if files:
        os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), "--", *files])  # noqa: S606
    print("no logs yet")
    return 0


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    arguments.add_argument(
        "--home", type=Path, default=default_home(), help="state folder (default: %(default)s)"
    )
    commands = arguments.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="fetch and check the Java programs")
    commands.add_parser("up", help="start what does not run, wait until all answer")
    commands.add_parser("down", help="stop all; data stay")
    commands.add_parser("status", help="what runs; exit status 1 unless all answer")
    show = commands.add_parser("logs", help="the end of the servers' logs")
    show.add_argument("only", nargs="?", choices=NAMES)
    show.add_argument("-n", "--lines", type=int, default=50)
    show.add_argument("-f", "--follow", action="store_true")
    return arguments


def main() -> int:
    given = parser().parse_args()
    servers = LocalServers(given.home, os.environ)
    if given.command == "logs":
        return logs(servers, given.only, given.lines, follow=given.follow)
    return {"install": install, "up": up, "down": down, "status": status}[given.command](servers)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
