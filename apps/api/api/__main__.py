"""`python -m api serve`, `python -m api keys create --scopes admin --name ops [--tenant main]`"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from api import audit, keys
from api.audit import Asking, Change
from api.keys import DEFAULT_PER_MINUTE, HOLDS, Caller
from api.opening import migrated, open_resources
from api.serving import listen, serve
from api.settings import Settings
from contracts.event import DEFAULT_TENANT
from runtime.logs import configure_logs


def main(arguments: Sequence[str] | None = None) -> None:
    asked = parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    configure_logs("api", settings.runtime.log_level)
    asyncio.run(_serve(settings) if asked.command == "serve" else _create(settings, asked))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m api")
    commands = made.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="Serve the API; its address is printed as a line of JSON.")
    create = commands.add_parser("keys", help="Make a key; it is printed once.")
    create.add_argument("action", choices=["create"])
    create.add_argument("--scopes", nargs="+", choices=list(HOLDS), required=True)
    create.add_argument("--name", required=True)
    create.add_argument("--tenant", default=DEFAULT_TENANT)
    create.add_argument("--per-minute", type=int, default=DEFAULT_PER_MINUTE)
    return made


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await migrated(settings.runtime)
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    _say({"address": f"http://{host}:{port}", "port": port, "pid": os.getpid()})
    await serve(settings, listener, stop)


async def _create(settings: Settings, asked: argparse.Namespace) -> None:
    await migrated(settings.runtime)
    async with (
        open_resources(settings) as resources,
        resources.own.acquire() as connection,
        connection.transaction(),
    ):
        made = await keys.create(
            connection,
            tenant=asked.tenant,
            name=asked.name,
            scopes=asked.scopes,
            per_minute=asked.per_minute,
            created_by="",
        )
        operator = Asking(Caller("", "command line", asked.tenant, frozenset(asked.scopes)))
        detail = {"key_id": made.key_id, "name": asked.name, "scopes": sorted(set(asked.scopes))}
        await audit.write(connection, operator, Change("key.create", detail=detail))
    _say({"key": made.key, "key_id": made.key_id, "name": asked.name, "tenant": asked.tenant})


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
