"""Confidence is the share that is right: held on labelled questions that did not fit the curves."""

import numpy as np
import pytest

from segmenter.domain.confidence import FITTED, HIGHEST, LOWEST, REFINED, Curve, confidence, scaled
from tests.clustering.texts import CLINC, clinc
from tests.segmenter.calibration import (
    Gold,
    brier,
    calibration_error,
    extracted,
    gold_of,
    played,
    refined,
    reliability,
)

SEEDS = (11, 12, 13)
CALIBRATED = 0.04  # ECE at most; measured 0.01 to 0.03
ERRORS, BOUNDARY = 0.1, 0.25

with_questions = pytest.mark.skipif(not CLINC.exists(), reason="needs ../shared/data/clinc150")


@pytest.fixture(scope="module")
def golds() -> dict[str, Gold]:
    questions = clinc("val", every=4)
    return {
        "intents": gold_of(questions.intents, questions.out_of_scope),
        "domains": gold_of(questions.domains, questions.out_of_scope),
    }


def test_a_wider_margin_is_a_higher_confidence_and_nothing_is_certain() -> None:
    likely = confidence(np.array([-9.0, -0.1, 0.0, 0.1, 9.0]), Curve(1.0, 9.0))

    assert (np.diff(likely) > 0).all()
    assert (likely.min(), likely.max()) == (LOWEST, HIGHEST)


def test_a_margin_counts_by_what_is_usual_in_its_run() -> None:
    some = np.array([0.1, -0.02, 0.3])

    assert scaled(some * 7) == pytest.approx(scaled(some))


@pytest.mark.parametrize("count", [0, 3])
def test_without_any_margin_all_are_as_likely(count: int) -> None:
    assert confidence(np.zeros(count), Curve(0.0, 1.0)).tolist() == [0.5] * count


@with_questions
@pytest.mark.parametrize("name", ["intents", "domains"])
def test_first_assignments_are_right_as_often_as_their_confidence_says(
    golds: dict[str, Gold], name: str
) -> None:
    gold = golds[name]
    ran = [played(gold, extracted(gold, ERRORS, seed)) for seed in SEEDS]
    likely = np.concatenate([confidence(one.margins, FITTED) for one in ran])
    right = np.concatenate([one.right for one in ran])

    assert calibration_error(list(reliability(likely, right))) <= CALIBRATED
    assert brier(likely, right) < 0.8 * right.mean() * (1 - right.mean())  # it says more than the share does


@with_questions
@pytest.mark.parametrize("name", ["intents", "domains"])
def test_refined_assignments_are_right_as_often_as_their_confidence_says(
    golds: dict[str, Gold], name: str
) -> None:
    gold = golds[name]
    again = [refined(gold, extracted(gold, ERRORS, seed), BOUNDARY, ERRORS, seed) for seed in SEEDS]
    ran = [played(gold, labels) for labels in again]
    likely = np.concatenate([confidence(one.margins, REFINED) for one in ran])
    right = np.concatenate([one.right for one in ran])

    assert calibration_error(list(reliability(likely, right))) <= CALIBRATED
