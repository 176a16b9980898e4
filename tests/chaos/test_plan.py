"""A storm is known before it comes."""

from collections import Counter

import pytest

from tests.chaos.plan import FAILPOINTS, LONG, SERVERS, SHORT, Freeze, Kill, Outage, Plan, Shape, plan


def storm(seed: int, shape: Shape = LONG) -> Plan:
    return plan(seed, shape, lease_seconds=5)


def test_the_same_seed_is_the_same_storm() -> None:
    assert storm(3) == storm(3)
    assert storm(3) != storm(4)


def test_the_long_storm_is_as_bad_as_was_promised() -> None:
    blows = [step.blow for step in storm(1).steps]
    kills = Counter(blow.failpoint for blow in blows if isinstance(blow, Kill))
    assert set(kills) == set(FAILPOINTS)
    assert min(kills.values()) >= 3
    assert sum(kills.values()) >= 25
    assert {blow.server for blow in blows if isinstance(blow, Outage)} == set(SERVERS)
    assert sum(isinstance(blow, Freeze) for blow in blows) >= 2
    assert len(storm(1).duplicate_gaps) == 60


@pytest.mark.parametrize("shape", [pytest.param(LONG, id="long"), pytest.param(SHORT, id="short")])
def test_workers_die_only_where_they_come_by_and_sleep_longer_than_their_lease(shape: Shape) -> None:
    for seed in range(20):
        for step in storm(seed, shape).steps:
            if isinstance(step.blow, Kill):
                assert step.blow.stage in FAILPOINTS[step.blow.failpoint]
            if isinstance(step.blow, Freeze):
                assert step.blow.seconds > 2 * 5
