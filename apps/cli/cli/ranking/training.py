"""Training and measuring rankers: what is asked for, and how it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from cli.console import plain, table
from cli.errors import CliError
from contracts.errors import AssortError, Coded

if TYPE_CHECKING:  # they load LightGBM and numpy, which no other command waits for
    from ranking.training.evaluating import Evaluation
    from ranking.training.making import Made
    from ranking.training.measures import Interval


def made(folder: Path, output: Path, encoder: str | None, seed: int) -> "Made":
    from cli.ranking.encoding import Plugged  # noqa: PLC0415 - loads numpy
    from ranking.training.folder import read  # noqa: PLC0415 - same
    from ranking.training.making import make, ready  # noqa: PLC0415 - same

    with _refusals():
        benchmark = read(folder)
        ready(benchmark, output)
        return make(benchmark, Plugged.load(encoder), output, seed)


def evaluated(folder: Path, split: str, model: Path | None, encoder: str | None, seed: int) -> "Evaluation":
    from cli.ranking.encoding import Plugged  # noqa: PLC0415 - loads numpy
    from ranking.training.evaluating import evaluated as measured  # noqa: PLC0415 - same
    from ranking.training.folder import read  # noqa: PLC0415 - same
    from ranking.training.ranker import Ranker  # noqa: PLC0415 - same

    with _refusals():
        benchmark = read(folder)
        benchmark.split(split)
        ranker = Ranker.load(model) if model is not None else None
        return measured(benchmark, split, Plugged.load(encoder), ranker, seed)


def document(found: "Evaluation") -> dict[str, Any]:
    from ranking.training.evaluating import verdicts  # noqa: PLC0415 - loads numpy

    return {
        "benchmark": found.benchmark,
        "split": found.split,
        "encoder": found.encoder,
        "seed": found.seed,
        "queries": found.queries,
        "skipped": found.skipped,
        "unknown": found.unknown,
        "results": {one.system: _intervals(one.intervals) for one in found.results},
        "differences": {one.over: _intervals(one.intervals) for one in found.differences},
        "words": [*verdicts(found)],
    }


def tell(terminal: Console, found: "Evaluation", folder: Path) -> None:
    from ranking.training.evaluating import told, told_difference, verdicts  # noqa: PLC0415 - loads numpy
    from ranking.training.measures import MEASURES  # noqa: PLC0415 - same

    terminal.print(plain(_asked(found)))
    rows = table("", *MEASURES, right=MEASURES)
    for result in found.results:
        rows.add_row(result.system, *(plain(told(one)) for one in result.intervals))
    for gain in found.differences:
        rows.add_row(f"ranker - {gain.over}", *(plain(told_difference(one)) for one in gain.intervals))
    terminal.print(rows)
    for words in verdicts(found) or (f"no ranker: `assort train ranker {folder} --output DIR` makes one",):
        terminal.print(plain(words), soft_wrap=True)


def _asked(found: "Evaluation") -> str:
    skipped = f", {found.skipped} without a relevant document left out" if found.skipped else ""
    unknown = f", {found.unknown} judgements name what is not there" if found.unknown else ""
    queries = f"{found.queries} queries{skipped}{unknown}"
    return f"{found.benchmark}, {found.split}: {queries}; means with 95 % intervals; encoder {found.encoder}"


def _intervals(intervals: "tuple[Interval, ...]") -> dict[str, dict[str, float]]:
    from ranking.training.measures import MEASURES  # noqa: PLC0415 - loads numpy

    return {name: asdict(one) for name, one in zip(MEASURES, intervals, strict=True)}


@contextmanager
def _refusals() -> Iterator[None]:
    """What is wrong with a folder or this machine is one line to the user."""
    try:
        yield
    except Coded as error:
        raise CliError(error.words) from error
    except AssortError as error:
        raise CliError(str(error)) from error
