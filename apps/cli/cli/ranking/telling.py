"""Ranking data in words, for who trains with them and for who has to answer for them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, get_args

from pydantic import BaseModel
from rich.console import Console

from cli.console import listed, plain, span, table, usd
from cli.packages import is_simulated
from cli.ranking.results import RankingData, RankingResult
from cli.reading import RunRow
from cli.telling import SIMULATED, changes_of, run_document
from contracts.ranking import RankingSettings, Split
from contracts.ranking_report import GuardCounts, Proof, QueryCounts, RankingReport, SplitCounts
from ranking.files import query_id
from ranking.record import Record
from ranking.shape import RecordShape

SPLITS: Final[tuple[Split, ...]] = get_args(Split)
WIDTH: Final = 10
CLUSTERS_SHOWN: Final = 20
CANDIDATES_SHOWN: Final = 6  # of a query, for each label
NAME_SHOWN: Final = 60


def tell_run(
    terminal: Console,
    run: RunRow,
    result: RankingResult | None,
    report: RankingReport | None,
    models: Sequence[str],
) -> None:
    terminal.print(
        f"[bold]{run.run_id}[/bold] revision {run.revision}: [bold]{run.status or 'running'}[/bold]"
    )
    if run.words:
        terminal.print(f"  {plain(run.words)}", soft_wrap=True)
    told = summary(report) if report else _so_far(result)
    facts = [*told, *_of_run(run), ("asked", listed(models, "no model"))]
    _tell(terminal, facts)
    if is_simulated(models):
        terminal.print(SIMULATED, soft_wrap=True)


def tell_summary(terminal: Console, report: RankingReport) -> None:
    _tell(terminal, [*summary(report), *(("note", plain(words)) for words in report.words)])


def summary(report: RankingReport) -> Iterator[tuple[str, str]]:
    before = f", {report.existing} of them from before" if report.existing else ""
    source, drawn = plain(report.source), f"{len(report.drawn)} of {report.clusters} clusters"
    yield "made of", f"{source}; {drawn}, seed {report.seed}"
    yield "queries", _queries(report.queries)
    yield "fallback", f"{report.queries.fallback_share:.0%} of them are made by rule"
    yield "records", f"{report.records}{before}: {report.positives} positive, {report.negatives} negative"
    yield "splits", _splits(report)
    yield "guards", _guards(report.guards)
    yield "proof", _proof(report.proof)
    yield "encoder", plain(report.model)
    yield "versions", listed(report.versions)


def tell_clusters(terminal: Console, report: RankingReport, records: Sequence[Record]) -> None:
    """The clusters that queries were asked for, those without any too."""
    queries: dict[str, set[str]] = {cluster_id: set() for cluster_id in report.drawn}
    for record in records:
        queries.setdefault(record.cluster_id, set()).add(record.query)
    rows = table("cluster", "queries", "split", right=("queries",))
    splits = {record.cluster_id: record.split for record in records}
    for cluster_id, texts in sorted(queries.items())[:CLUSTERS_SHOWN]:
        rows.add_row(plain(cluster_id), str(len(texts)), splits.get(cluster_id, ""))
    terminal.print(rows)
    if len(queries) > CLUSTERS_SHOWN:
        terminal.print(f"and {len(queries) - CLUSTERS_SHOWN} more (`assort show --json` has all)")


def tell_queries(terminal: Console, records: Sequence[Record], names: Mapping[str, str], limit: int) -> None:
    asked = [list(group) for _, group in groupby(records, key=lambda one: (one.cluster_id, one.query))]
    for group in asked[:limit]:
        first = group[0]
        terminal.print(f"[bold]{plain(first.query)}[/bold]", soft_wrap=True)
        about = f"cluster {plain(first.cluster_id)}, {first.split}, by {first.made_by}"
        terminal.print(f"  {about}, {query_id(first.cluster_id, first.query)}", soft_wrap=True)
        for label, sign in ((1, "+"), (0, "-")):
            _tell_candidates(terminal, sign, [one for one in group if one.label == label], names)
    if len(asked) > limit:
        terminal.print(f"and {len(asked) - limit} more queries (--queries {len(asked)} shows all)")


def document(
    run: RunRow, result: RankingResult | None, data: RankingData | None, models: Sequence[str]
) -> dict[str, Any]:
    return run_document(run, models) | {
        "brief": _json(result.brief) if result else None,
        "drawn": list(result.drawn) if result else [],
        "report": _json(data.report) if data else None,
        "records": [RecordShape.of(one).model_dump() for one in data.records] if data else [],
    }


def _tell(terminal: Console, facts: Sequence[tuple[str, str]]) -> None:
    """Values are fit for a terminal."""
    for name, value in facts:
        terminal.print(f"  {name:<{WIDTH}} {value}", soft_wrap=True)


def _tell_candidates(
    terminal: Console, sign: str, records: Sequence[Record], names: Mapping[str, str]
) -> None:
    for one in records[:CANDIDATES_SHOWN]:
        name = names.get(one.candidate_id, "")[:NAME_SHOWN]
        why = f"grade {one.grade}, {one.reason.replace('_', ' ')}"
        terminal.print(f"  {sign} {plain(one.candidate_id)}  {plain(name)}  ({why})", soft_wrap=True)
    if len(records) > CANDIDATES_SHOWN:
        terminal.print(f"  {sign} and {len(records) - CANDIDATES_SHOWN} more")


def _so_far(result: RankingResult | None) -> Iterator[tuple[str, str]]:
    if result is not None:
        source = f"packages {result.brief.packages_run}" if result.brief.packages_run else "graph"
        yield "made of", f"{source}; {len(result.drawn)} clusters, seed {result.brief.settings.seed}"


def _of_run(run: RunRow) -> Iterator[tuple[str, str]]:
    counts, cost = run.counts, run.cost
    if run.status is not None:
        failed = f"; {counts.failed_clusters} clusters without queries" if counts.failed_clusters else ""
        places = f"{counts.placed} in records, {counts.failed} failed, {counts.excluded} in none{failed}"
        yield "candidates", places
        spent = usd(cost.usd, cost.unpriced_calls)
        yield "cost", f"{spent}, {cost.calls} calls, {cost.stored_answers} stored answers"
    yield "settings", changes_of(RankingSettings, run.settings)
    yield "took", span(run.seconds)


def _queries(counts: QueryCounts) -> str:
    return f"{counts.kept} of {counts.written} that were written{_in_brackets(_left_out(counts))}"


def _left_out(counts: QueryCounts) -> Iterator[str]:
    for name in ("malformed", "duplicate", "copied_name", "lost", "spare"):
        if number := getattr(counts, name):
            yield f"{number} {name.replace('_', ' ')}"
    if counts.stub:
        yield f"{counts.stub} of the kept are stubs"


def _splits(report: RankingReport) -> str:
    return ", ".join(
        f"{name} {one.queries} queries of {one.clusters} clusters ({one.positives} + {one.negatives})"
        for name, one in ((name, report.splits.get(name, SplitCounts())) for name in SPLITS)
    )


def _guards(counts: GuardCounts) -> str:
    fields = ("known_positive", "same_cluster", "near_duplicate", "same_attributes", "too_close")
    stopped = [
        f"{getattr(counts, name)} {name.replace('_', ' ')}" for name in fields if getattr(counts, name)
    ]
    missing = f"; {counts.missing} negatives are missing" if counts.missing else ""
    return f"{counts.stopped} candidates stopped{_in_brackets(stopped)}{missing}"


def _proof(proof: Proof) -> str:
    looked = f"{proof.pairs} pairs of a negative and a positive"
    if not proof.holds:
        duplicates = f"{proof.duplicate_negatives} are duplicates of one"
        return f"does not hold: {proof.positive_negatives} negatives are positives, {duplicates}; {looked}"
    near = f"; the nearest are {proof.nearest:.2f} alike" if proof.pairs else ""
    return f"{looked}: no negative is a positive or its duplicate{near}"


def _in_brackets(words: Iterator[str] | Sequence[str]) -> str:
    told = ", ".join(words)
    return f" ({told})" if told else ""


def _json(entity: BaseModel) -> dict[str, Any]:
    return entity.model_dump(mode="json")
