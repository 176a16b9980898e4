"""Failures come out of other processes as they went in."""

import pickle

import pytest

from contracts import InvalidEvent, WorkFailed
from contracts.errors import Coded
from objects.store import ObjectDamaged, ObjectMissing
from ranking.drawing import TooFewClusters


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(InvalidEvent("schema", "a field is missing"), id="bad event"),
        pytest.param(WorkFailed("no_packages", "there are none"), id="failed work"),
        pytest.param(ObjectMissing("main/x.json"), id="lost object"),
        pytest.param(ObjectDamaged("main/x.json"), id="damaged object"),
        pytest.param(TooFewClusters(1), id="too few clusters"),
    ],
)
def test_a_failure_is_the_same_in_another_process(error: Coded) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(again) is type(error)
    assert (str(again), again.code, again.words) == (str(error), error.code, error.words)
    assert vars(again) == vars(error)
