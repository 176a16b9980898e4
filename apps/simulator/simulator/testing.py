"""The simulator inside a test: `async with running(latency_seconds=0.3) as simulator: ...`"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from simulator.app import build
from simulator.behaviour import Behaviour
from simulator.gold import Gold
from simulator.journal import Received
from simulator.server import Server, address, listen
from simulator.simulation import Simulation


class Simulator:
    """A simulator that runs in this event loop; it answers only while the loop is free."""

    def __init__(self, simulation: Simulation, url: str) -> None:
        self._simulation = simulation
        self.address = url
        self.base_url = f"{url}/v1"

    def requests(self) -> list[Received]:
        return list(self._simulation.journal)

    def set(self, **behaviour: Any) -> None:
        """Change some fields of the behaviour; the faults count from zero again."""
        self._simulation.set(behaviour)

    def reset(self) -> None:
        """The behaviour that it was started with, and an empty list of requests."""
        self._simulation.reset()

    @property
    def in_flight(self) -> int:
        """How many calls wait for their answer now."""
        return self._simulation.load.now

    @property
    def peak_in_flight(self) -> int:
        """How many calls waited at the same time at most, since the start or the last reset."""
        return self._simulation.load.peak


@asynccontextmanager
async def running(
    *,
    api_key: str | None = None,
    port: int = 0,
    gold: Mapping[str, str] | None = None,
    **behaviour: Any,
) -> AsyncIterator[Simulator]:
    """Gold: the label of each product, by its name."""
    simulation = Simulation(Behaviour.model_validate(behaviour), api_key, Gold.of(gold or {}))
    listener = listen("127.0.0.1", port)
    server = Server(build(simulation))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Simulator(simulation, address(listener))
    finally:
        server.stop()
        await serving
