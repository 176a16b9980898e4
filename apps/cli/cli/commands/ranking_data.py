"""`assort run ranking-data`, and its files again by `assort export`"""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.commands.watch import watched
from cli.connections import Connection, open_store, open_views
from cli.console import console, plain
from cli.errors import CliError, Exit
from cli.ranking.asking import Chosen, RankingWish, ask, chosen
from cli.ranking.bringing import Brought
from cli.ranking.results import data_of, result_of
from cli.ranking.telling import tell_clusters, tell_summary
from cli.ranking.writing import OUTPUT, Files, formats_of, write
from cli.reading import RunRow, latest
from cli.scope import tenant_of
from contracts.ranking import MIN_CLUSTERS, RankingSettings

DEFAULTS: Final = RankingSettings()
WITH_DATA: Final = (Exit.OK, Exit.WITH_FAILURES)

Clusters = Annotated[
    int | None,
    typer.Option(min=MIN_CLUSTERS, max=100_000, metavar="N", help=f"How many. [{DEFAULTS.num_clusters}]"),
]
Queries = Annotated[
    int | None,
    typer.Option(min=1, max=10, metavar="N", help=f"Of each cluster. [{DEFAULTS.queries_per_cluster}]"),
]
Negatives = Annotated[
    int | None,
    typer.Option(min=0, max=100, metavar="N", help=f"Of each query. [{DEFAULTS.negatives_per_query}]"),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=2**53, help="The same seed draws the same; none: one is drawn, told and kept."),
]
Packages = Annotated[
    str | None,
    typer.Option(metavar="RUN", help="Its packages are the clusters; none: those that were finished last."),
]
Graph = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Platforms, add-ons and events as files: platforms are the clusters."
    ),
]
Existing = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Records to append to; what was asked for them is not asked again."),
]
Output = Annotated[Path, typer.Option(metavar="FILE", help="Where the records go.")]
Overwrite = Annotated[bool, typer.Option(help="Replace what is there.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Also json, jsonl, beir, trec, msmarco, letor, in a folder beside the file; repeatable.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Stubs in place of queries; no model is asked.")]
Fallback = Annotated[
    bool, typer.Option("--fallback", help="Where no model answers, make queries by rule instead of waiting.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="New answers of the model instead of stored ones; they cost.")
]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Like negatives.margin=0.1; repeatable."),
]
Budget = Annotated[float | None, typer.Option(min=0, metavar="USD", help="What the run may spend.")]
Wait = Annotated[
    float, typer.Option(min=0, max=3600, metavar="SECONDS", help="For packages that are not there yet.")
]
Watch = Annotated[bool, typer.Option(help="Follow the run until it is over, and write the files.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Also list the clusters.")]


def ranking_data(
    context: typer.Context,
    *,
    clusters: Clusters = None,
    queries_per_cluster: Queries = None,
    negatives_per_query: Negatives = None,
    seed: Seed = None,
    packages: Packages = None,
    graph: Graph = None,
    existing: Existing = None,
    output: Output = OUTPUT,
    overwrite: Overwrite = True,
    formats: Formats = None,
    dry_run: DryRun = False,
    fallback: Fallback = False,
    fresh: Fresh = False,
    setting: Setting = None,
    budget: Budget = None,
    wait: Wait = 30,
    watch: Watch = True,
    verbose: Verbose = False,
) -> None:
    """Make labelled queries, with positives and negatives: of packages, or of a graph of deals.

    Prints the id of the run, and writes its records once it is over. Whatever cannot be read or written is
    refused before anything is asked. Exit code (while watching): 0 completed, 3 completed with failures, 1
    failed, cancelled or refused, or without records.
    """
    if packages is not None and graph is not None:
        raise CliError("--packages and --graph both name what to make queries of: give one of them")
    files = Files(output, overwrite, formats_of(formats or []))
    files.refuse_early()
    picked = chosen(
        setting or [],
        num_clusters=clusters,
        queries_per_cluster=queries_per_cluster,
        negatives_per_query=negatives_per_query,
        seed=seed,
        dry_run=dry_run or None,
        fallback=fallback or None,
    )
    brought = Brought.read(graph, existing)
    wish = RankingWish(tenant_of(context), picked.settings, packages, brought, budget, wait, fresh)
    raise typer.Exit(asyncio.run(_run(wish, picked, files, watch=watch, verbose=verbose)))


async def _run(wish: RankingWish, picked: Chosen, files: Files, *, watch: bool, verbose: bool) -> int:
    asked = await ask(wish)
    print(asked.run_id, flush=True)
    terminal, seed = console(), asked.settings.seed
    if picked.drawn:
        terminal.print(f"seed {seed}, drawn by chance: --seed {seed} draws the same")
    if not watch:
        later = f"assort export {asked.run_id} --output {files.output}"
        terminal.print(f"no file is written now; once the run is over: `{plain(later)}`", soft_wrap=True)
    code = await watched(asked, watch=watch)
    if watch and code in WITH_DATA:
        async with open_views() as views:
            run = await latest(views, asked.tenant, asked.run_id)
            await write_result(views, run, files, verbose=verbose)
    return code


async def write_result(views: Connection, run: RunRow, files: Files, *, verbose: bool = False) -> None:
    terminal, store = console(), open_store()
    result = await result_of(views, run)
    data = await data_of(store, run, result)
    written = await write(store, run, result, data, files)
    if data is not None:
        tell_summary(terminal, data.report)
        if verbose:
            tell_clusters(terminal, data.report, data.records)
    for words in written:
        terminal.print(plain(words), soft_wrap=True)
