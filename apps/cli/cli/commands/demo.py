"""`assort demo`"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.rule import Rule

from cli import packages as reading
from cli.asking import request
from cli.bundles.demonstrating import demonstrate as demonstrate_bundles
from cli.commands.publish import publish_events
from cli.commands.verify import collect, findings, say_proof
from cli.commands.why import say_story, story
from cli.connections import open_store, open_views
from cli.console import console, span
from cli.demo_data import write_files
from cli.domain.endpoints import endpoint
from cli.domain.feed import Accepted, FeedRules, read_feed
from cli.domain.progress import Progress, exit_code
from cli.environment import required
from cli.errors import CliError, Exit
from cli.packages import Package
from cli.ranking.demonstrating import demonstrate as demonstrate_ranking
from cli.reading import latest
from cli.scope import tenant_of
from cli.segments.demonstrating import demonstrate
from cli.simulating import running_simulator
from cli.telling import tell_package, tell_packages, tell_run
from cli.watching import follow
from cli.workers import ONE_OF_EACH, start_workers
from contracts.deals import DealPublished
from contracts.safety import SafetyScale
from contracts.settings import PackageSettings

FOLDER = Path("var") / "demo"
SHOWN_IN_FULL = 2
LISTED = 8


def demo(
    context: typer.Context,
    *,
    deals: Annotated[int, typer.Option(min=1, max=100_000, help="How many deals to make up.")] = 300,
    products: Annotated[
        int,
        typer.Option(
            min=0, max=100_000, help="Make up so many products instead, and put them into segments."
        ),
    ] = 0,
    orders: Annotated[
        int,
        typer.Option(min=0, max=100_000, help="Make up a shop with so many orders instead, and its bundles."),
    ] = 0,
    ranking: Annotated[
        bool, typer.Option("--ranking", help="Also make labelled queries of the packages.")
    ] = False,
    latency: Annotated[
        float, typer.Option(min=0, help="Seconds that each answer of the simulator takes.")
    ] = 0.5,
    keep: Annotated[bool, typer.Option(help="Leave the services running at the end, until Ctrl-C.")] = False,
) -> None:
    """Deals to packages (and to ranking data), products to segments, or orders to bundles, in a minute.

    Starts the services, publishes what it made up, runs, shows, explains, proves, and stops what it started.
    Needs Kafka, Postgres and S3 (`make up`). Logs lie in var/demo.
    """
    required("KAFKA_SERVERS")
    tenant, began = tenant_of(context), time.monotonic()
    with services(latency):
        code = asyncio.run(_chosen(tenant, deals=deals, products=products, orders=orders, ranking=ranking))
        console().print(f"that took {span(time.monotonic() - began)}")
        _say_next(keep=keep)
        if keep:
            _wait_for_the_end()
    raise typer.Exit(code)


async def _chosen(tenant: str, *, deals: int, products: int, orders: int, ranking: bool) -> int:
    if orders:
        return await demonstrate_bundles(tenant, orders, FOLDER)
    if products:
        return await demonstrate(tenant, products, FOLDER)
    packaged = await _demonstrate(tenant, deals)
    if not ranking or packaged.code not in (Exit.OK, Exit.WITH_FAILURES):
        return packaged.code
    return await demonstrate_ranking(tenant, packaged.run_id, FOLDER)


@dataclass(frozen=True, slots=True)
class Packaged:
    run_id: str
    code: int


@contextmanager
def services(latency: float) -> Iterator[None]:
    """One worker of each service; whatever was started here is stopped at the end."""
    terminal, chosen = console(), endpoint(os.environ)
    terminal.print(chosen.words)
    with _answering(latency, simulated=chosen.simulated) as address:
        environment = {**os.environ, **chosen.settings, **address}
        workers = start_workers(environment, ONE_OF_EACH, FOLDER)
        try:
            with terminal.status("starting the services"):
                workers.wait_ready()
            terminal.print(f"the services run: {', '.join(ONE_OF_EACH)}; logs in {FOLDER}")
            yield
        finally:
            with terminal.status("stopping the services"):
                workers.stop()


@contextmanager
def _answering(latency: float, *, simulated: bool) -> Iterator[dict[str, str]]:
    if not simulated:
        yield {}
        return
    with running_simulator(latency, FOLDER) as address:
        yield {"LLM_BASE_URL": address}


async def _demonstrate(tenant: str, count: int) -> Packaged:
    events = _deals(tenant, count)
    await publish_events(events)
    console().print(f"published {len(events)} made-up deals, like those of {FOLDER / 'deals.jsonl'}")
    ids = sorted(event.deal.item_id for event in events)
    asked = await request(tenant, ids, PackageSettings(), None, 60)
    async with open_views() as views:
        progress = await follow(views, tenant, asked.run_id, asked.revision)
    found = await _show(tenant, asked.run_id)
    await _explain(tenant, asked.run_id, found)
    console().print(Rule(f"assort verify {asked.run_id}", align="left"))
    evidence = await collect(tenant, asked.run_id)
    say_proof(evidence)
    return Packaged(asked.run_id, Exit.FAILED if findings(evidence) else _code(progress))


def _deals(tenant: str, count: int) -> list[DealPublished]:
    path, _ = write_files(FOLDER, count)
    rules = FeedRules(tenant, "USD", SafetyScale.IAB)
    read = list(read_feed(path.read_text("utf-8"), rules))
    refused = [one for one in read if not isinstance(one, Accepted)]
    if refused:
        raise CliError(f"{path}: {refused[0]}")
    return [one.event for one in read if isinstance(one, Accepted) and isinstance(one.event, DealPublished)]


async def _show(tenant: str, run_id: str) -> list[Package]:
    terminal = console()
    async with open_views() as views:
        row = await latest(views, tenant, run_id)
        found = await reading.packages(views, tenant, run_id)
        models = await reading.models(views, tenant, run_id)
        reasons = await reading.reasons(views, open_store(), row)
    terminal.print(Rule(f"assort show {run_id}", align="left"))
    tell_run(terminal, row, models, reasons)
    tell_packages(terminal, found, LISTED)
    for package in [one for one in found if one.advice][:SHOWN_IN_FULL]:
        terminal.print(Rule(f"assort show {run_id} --package {package.package_id[:8]}", align="left"))
        tell_package(terminal, package, [])
    return found


async def _explain(tenant: str, run_id: str, found: list[Package]) -> None:
    placed = next((one.deal_ids[0] for one in found if one.deal_ids), None)
    if placed is None:
        return
    console().print(Rule(f"assort why {placed}", align="left"))
    say_story(await story(tenant, placed, run_id))


def _code(progress: Progress) -> int:
    return exit_code(progress.status or "")


def _say_next(*, keep: bool) -> None:
    console().print(
        "next:\n"
        "  assort show last --packages 100      all packages\n"
        "  assort why DEAL                      what became of a deal, and which call decided it\n"
        "  assort verify last                   the proof again, from tables and objects alone\n"
        "  assort export last                   files and a workbook, in output/\n"
        "  assort demo --ranking                labelled queries of the packages, to train a ranker on\n"
        "  assort demo --products 400           the same of products: segments of an assortment\n"
        "  assort demo --orders 3000            the same of a shop's orders: bundles of its products\n"
        "  assort demo --keep                   leaves the services running; then, in another terminal:\n"
        "    assort run packages --set max_deals_per_cluster=15\n"
        "  make down                            stops Kafka, Postgres and S3; the data stay"
        + ("\nthe services run on; Ctrl-C stops them" if keep else "")
    )


def _wait_for_the_end() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
