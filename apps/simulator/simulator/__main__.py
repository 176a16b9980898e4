"""`python -m simulator --port 0 --latency 0.5 --port-file PATH`"""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from pydantic_settings import CliApp

from simulator.app import build
from simulator.gold import Gold
from simulator.server import Server, address, listen
from simulator.settings import Settings
from simulator.simulation import Simulation


def main() -> None:
    try:
        settings = CliApp.run(Settings)
        gold = Gold.read(settings.gold) if settings.gold else Gold()
        simulation = Simulation(settings.behaviour(), _secret(settings), gold)
    except ValueError as error:  # of pydantic, too
        sys.exit(str(error))
    # A connection that is broken on purpose is no news.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    asyncio.run(serve(settings, simulation))


async def serve(settings: Settings, simulation: Simulation) -> None:
    server = Server(build(simulation))
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, server.stop)
    listener = listen(settings.host, settings.port)
    announce(address(listener), listener.getsockname()[1], settings.port_file)
    await server.serve(sockets=[listener])


def announce(url: str, port: int, port_file: Path | None) -> None:
    """One JSON line on stdout; the file appears whole or not at all."""
    line = {"base_url": f"{url}/v1", "address": url, "port": port, "pid": os.getpid()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    if port_file is not None:
        unfinished = port_file.with_name(f".{port_file.name}.{os.getpid()}")
        unfinished.write_text(f"{port}\n")
        unfinished.replace(port_file)


def _secret(settings: Settings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key else None


if __name__ == "__main__":
    main()
