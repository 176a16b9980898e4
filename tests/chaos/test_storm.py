"""The short storm: every failpoint once, a freeze, a database that dies. `make chaos` is the long one."""

import logging
from pathlib import Path

import pytest

from tests.chaos import storm
from tests.chaos.checker import judge
from tests.chaos.plan import SHORT, plan
from tests.chaos.table import complaints
from tests.servers import temporary_servers

SEED = 1


@pytest.mark.chaos
async def test_the_judges_of_a_short_storm_are_silent(tmp_path: Path) -> None:
    with temporary_servers() as servers:
        chosen = plan(SEED, SHORT, lease_seconds=storm.LEASE_SECONDS)
        after = await storm.run(chosen, servers, tmp_path, logging.info)
    assert complaints(after, judge(after.evidence)) == []
