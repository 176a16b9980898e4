from collections.abc import AsyncIterator

import pytest

from tests.exports.made_up import Tables, tables


@pytest.fixture
async def run(database: str) -> AsyncIterator[Tables]:
    """The tables of a run that has nothing yet."""
    made = await tables(database)
    yield made
    await made.connection.close()
