"""A ranker, measured and kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.ranking import DEFAULT_SEED
from ranking.training.benchmark import Benchmark
from ranking.training.dense import Encoder
from ranking.training.evaluating import Evaluation, compared
from ranking.training.lambdarank import TRAIN, fitted
from ranking.training.model_card import card
from ranking.training.ranker import Ranker, check_place, lightgbm
from ranking.training.searching import Searcher

MEASURED_ON: Final = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Made:
    ranker: Ranker
    evaluations: tuple[Evaluation, ...]


def make(benchmark: Benchmark, encoder: Encoder, output: Path, seed: int = DEFAULT_SEED) -> Made:
    """Documents are encoded once, to train and to measure."""
    ready(benchmark, output)
    searcher = Searcher.of(benchmark, encoder)
    ranker = fitted(searcher, seed)
    evaluations = tuple(
        compared(searcher, split, ranker, seed)
        for split in MEASURED_ON
        if split in benchmark.splits and benchmark.splits[split].answerable
    )
    ranker.save(output, card(ranker, evaluations))
    return Made(ranker, evaluations)


def ready(benchmark: Benchmark, output: Path) -> None:
    """What is sure to fail fails before anything is encoded."""
    benchmark.split(TRAIN)
    check_place(output)
    lightgbm()
