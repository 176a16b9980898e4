import os
from collections.abc import AsyncIterator

import httpx2
import pytest

from simulator.testing import Simulator, running
from tests.simulator.asking import Client


@pytest.fixture(autouse=True)
def _no_stray_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SIMULATOR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with running() as simulator:
        yield simulator


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=30, limits=limits, trust_env=False) as http:
        yield http


@pytest.fixture
def client(simulator: Simulator, http: httpx2.AsyncClient) -> Client:
    return Client(simulator.base_url, http)
