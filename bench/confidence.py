"""The curves of confidence, fitted where the truth is known, and how far they can be trusted.

    python bench/confidence.py [--seeds 5]

The questions of CLINC150 (when ../shared/data is there) play products, once with their 150 intents for
categories and once with their 10 domains, beside 200 that are out of scope. One in ten is put into a wrong
category, half of them into the likest one. Then those with the least margin are looked at again, by a model
that errs in one of ten. Half of the products fit a curve for both kinds of category, the others test it; each
line is over all seeds. At last the curve in use, with other shares of errors than it was fitted with.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from contracts.segmentation import SegmentationSettings
from segmenter.domain.confidence import FITTED, REFINED, Curve, confidence, scaled
from segmenter.domain.margins import Labels, Margins

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests lie beside; they are not installed
from tests.clustering.texts import CLINC, clinc
from tests.segmenter.calibration import (
    Gold,
    Played,
    Right,
    brier,
    calibration_error,
    extracted,
    gold_of,
    played,
    refined,
    reliability,
)

ERRORS = 0.1
OTHERS = (0.02, 0.05, 0.2, 0.3)
BOUNDARY = SegmentationSettings().refinement_share
WEAK = 1e6  # regularisation: none to speak of

Play = Callable[[Gold, int], Labels]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    played: Played
    fits: Right  # these products fit the curve; the others test it


def first(gold: Gold, seed: int) -> Labels:
    return extracted(gold, ERRORS, seed)


def last(gold: Gold, seed: int) -> Labels:
    return refined(gold, first(gold, seed), BOUNDARY, ERRORS, seed)


def cases(golds: Mapping[str, Gold], seeds: int, play: Play) -> list[Case]:
    return [
        Case(name, played(gold, play(gold, seed)), _half(gold, seed))
        for name, gold in golds.items()
        for seed in range(seeds)
    ]


def fitted(some: Sequence[Case]) -> Curve:
    found = np.concatenate([scaled(case.played.margins)[case.fits] for case in some])
    right = np.concatenate([case.played.right[case.fits] for case in some])
    curve = LogisticRegression(C=WEAK).fit(found[:, None], right)
    return Curve(float(curve.intercept_[0]), float(curve.coef_[0, 0]))


def told(some: Sequence[Case], curve: Curve) -> tuple[Margins, Right]:
    """Of the products that did not fit it."""
    return (
        np.concatenate([confidence(case.played.margins, curve)[~case.fits] for case in some]),
        np.concatenate([case.played.right[~case.fits] for case in some]),
    )


def report(title: str, ran: Sequence[Case], in_use: Curve) -> None:
    curve = fitted(ran)
    print(f"\n{title}: fitted {words(curve)}; in use {words(in_use)}")
    for name in dict.fromkeys(case.name for case in ran):
        of_name = [case for case in ran if case.name == name]
        table(name, *told(of_name, curve))
        print(f"by {name} alone: {words(fitted(of_name))}")


def table(name: str, likely: Margins, right: Right) -> None:
    print(f"\n{name}: {len(likely):,} assignments, {right.mean():.1%} right")
    print(f"{'confidence':>12}{'right':>8}{'count':>8}")
    for one in reliability(likely, right):
        print(f"{one.confidence:12.3f}{one.right:8.3f}{one.count:8,}")
    print(scores(likely, right))


def scores(likely: Margins, right: Right) -> str:
    of_all = float(right.mean() * (1 - right.mean()))
    error = calibration_error(list(reliability(likely, right)))
    return f"ECE {error:.3f}, Brier {brier(likely, right):.3f} (of the share alone {of_all:.3f})"


def words(curve: Curve) -> str:
    return f"intercept {curve.intercept:.2f}, slope {curve.slope:.2f}"


def elsewhere(golds: Mapping[str, Gold], seeds: int) -> None:
    """Where not one in ten is wrong."""
    print("\nThe curve in use, with other shares of errors:")
    for name, gold in golds.items():
        for errors in OTHERS:
            ran = [played(gold, extracted(gold, errors, seed)) for seed in range(seeds)]
            likely = np.concatenate([confidence(one.margins, FITTED) for one in ran])
            print(f"{name}, {errors:.0%} wrong: {scores(likely, np.concatenate([one.right for one in ran]))}")


def _half(gold: Gold, seed: int) -> Right:
    return np.random.default_rng([seed, 1]).random(len(gold.labels)) < 0.5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    if not CLINC.exists():
        print(f"needs {CLINC}")
        return
    questions = clinc()
    golds = {
        "intents": gold_of(questions.intents, questions.out_of_scope),
        "domains": gold_of(questions.domains, questions.out_of_scope),
    }
    report("First assignment", cases(golds, asked.seeds, first), FITTED)
    report("After a refinement", cases(golds, asked.seeds, last), REFINED)
    elsewhere(golds, asked.seeds)


if __name__ == "__main__":
    main()
