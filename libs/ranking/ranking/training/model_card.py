"""The page that goes with a ranker: what it is for, what it was made of, how good it is, where it ends."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ranking.training.evaluating import Evaluation, told, told_difference, verdicts
from ranking.training.measures import DRAWS, MEASURES
from ranking.training.ranker import Ranker, Recipe
from ranking.training.searching import DEPTH

PURPOSE: Final = f"""## Intended use

Puts the documents that two searches find for a query, the first {DEPTH} of BM25 and the first {DEPTH} of an
encoder, in one order, those first that answer the query best. It finds nothing by itself. It is made for
English queries about documents like those that it was trained on; anything else wants a measurement first:
`assort evaluate ranker FOLDER --model DIR`."""

LIMITS: Final = """## Limits

- Labels say what the folder says. What nobody has judged counts as not relevant, in training and in
  measuring: a good document that was never judged counts against whoever finds it.
- Queries that a model has written are not those that people type. Figures on them compare systems with each
  other; they promise nothing about visitors.
- Intervals draw queries anew as if each stood for itself. Queries of one cluster do not, so the true
  intervals are somewhat wider.
- Dev decides when training stops: its figures flatter the ranker. Those of test do not.
- Words are stemmed as English ones. Vectors of another encoder than the one above are refused."""


def card(ranker: Ranker, evaluations: Sequence[Evaluation]) -> str:
    recipe = ranker.recipe
    parts = [
        f"# Ranker of {recipe.benchmark}",
        _summary(recipe),
        PURPOSE,
        "\n".join(_data(recipe)),
        "\n".join(_results(evaluations)),
        "\n".join(_features(ranker.gains)),
        LIMITS,
        "\n".join(_reproducing(recipe)),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(recipe: Recipe) -> str:
    size = f"{recipe.rounds} small trees over {len(recipe.features)} features"
    return f"LambdaRank: {size}, seed {recipe.seed}, vectors of `{recipe.encoder}`."


def _data(recipe: Recipe) -> Iterator[str]:
    yield f"## Data\n\n{recipe.benchmark}: {recipe.documents} documents.\n"
    rows = (
        (name, one.queries, one.answerable, one.judgements, one.relevant, one.unknown)
        for name, one in recipe.splits.items()
    )
    heads = ("split", "queries", "with something to find", "judgements", "relevant", "of what is not there")
    yield from _table(heads, rows)
    yield ""
    yield from _table(("file", "sha256"), ((name, f"`{digest}`") for name, digest in recipe.files.items()))


def _results(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    yield "## Results"
    if not evaluations:
        yield "\nNone: the folder has neither a dev nor a test split."
    for one in evaluations:
        left_out = f", {one.skipped} without a relevant document left out" if one.skipped else ""
        yield f"\n### {one.split}: {one.queries} queries{left_out}\n"
        yield from _table(
            ("system", *MEASURES), ((row.system, *map(told, row.intervals)) for row in one.results)
        )
        yield ""
        gains = ((f"ranker - {row.over}", *map(told_difference, row.intervals)) for row in one.differences)
        yield from _table(("difference", *MEASURES), gains)
        yield ""
        yield from (f"- {words}" for words in verdicts(one))
    yield f"\nMeans with 95 % intervals by {DRAWS} draws of the queries; differences are paired by query."


def _features(gains: Mapping[str, float]) -> Iterator[str]:
    yield "## Features\n\nGain: the share of what all trees gained.\n"
    ordered = sorted(gains.items(), key=lambda one: (-one[1], one[0]))
    yield from _table(("feature", "gain"), ((name, f"{gain:.1%}") for name, gain in ordered))


def _reproducing(recipe: Recipe) -> Iterator[str]:
    yield "## How to reproduce\n"
    yield f"`assort train ranker {recipe.benchmark} --output DIR --seed {recipe.seed}` with the files above,"
    yield f"the encoder `{recipe.encoder}` and these versions gives the same bytes: {recipe.rounds} trees.\n"
    yield from _table(("library", "version"), recipe.versions.items())
    yield ""
    yield from _table(("parameter", "value"), recipe.parameters.items())


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
