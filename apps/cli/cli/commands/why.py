"""`assort why DEAL`, `assort why PRODUCT`, `assort why CANDIDATE`"""

import asyncio
from typing import Annotated

import typer

from cli.bundles.stories import BundleStory
from cli.bundles.stories import newest_run_of as newest_bundles_of
from cli.bundles.stories import say as say_bundled
from cli.bundles.stories import tell as tell_bundled
from cli.connections import open_store, open_views
from cli.console import clock, console, plain
from cli.errors import CliError
from cli.ranking.stories import CandidateStory
from cli.ranking.stories import newest_run_of as newest_ranking_of
from cli.ranking.stories import say as say_candidate
from cli.ranking.stories import tell as tell_candidate
from cli.reading import RunRow, latest
from cli.scope import tenant_of
from cli.searching import Search, newest_run_of, not_found
from cli.segments.stories import ProductStory
from cli.segments.stories import newest_run_of as newest_segmentation_of
from cli.segments.stories import say as say_product
from cli.segments.stories import tell as tell_product
from cli.stories import Chapter, Item, Story, find_item, tell


def why(
    context: typer.Context,
    deal: Annotated[
        str,
        typer.Argument(
            metavar="DEAL", help="Like bidswitch.com/3001, or 3001 alone; or the id of a product or a node."
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="A run, or `last`; default: the newest that asked for this deal."),
    ] = None,
) -> None:
    """Explain what became of a deal, a product or a candidate of queries, and which calls decided it."""
    product = asyncio.run(product_story(tenant_of(context), deal, run))
    if product is not None:
        say_product(product)
        return
    bundled = asyncio.run(bundle_story(tenant_of(context), deal, run))
    if bundled is not None:
        say_bundled(bundled)
        return
    candidate = asyncio.run(candidate_story(tenant_of(context), deal, run))
    if candidate is not None:
        say_candidate(candidate)
        return
    say_story(asyncio.run(story(tenant_of(context), deal, run)))


async def product_story(tenant: str, given: str, run: str | None) -> ProductStory | None:
    """None: it is asked about a deal."""
    async with open_views() as views:
        named = run or await newest_segmentation_of(views, tenant, given)
        if named is None:
            return None
        row = await latest(views, tenant, named)
        return await tell_product(views, open_store(), row, given) if row.kind == "segmentation" else None


async def bundle_story(tenant: str, given: str, run: str | None) -> BundleStory | None:
    """None: the run makes no bundles, or no run is named and none has looked at such a product."""
    async with open_views() as views:
        named = run or await newest_bundles_of(views, tenant, given)
        if named is None:
            return None
        row = await latest(views, tenant, named)
        return await tell_bundled(views, open_store(), row, given) if row.kind == "bundles" else None


async def candidate_story(tenant: str, given: str, run: str | None) -> CandidateStory | None:
    """None: the run makes no ranking data; or no run is named, and it is a deal or in no record."""
    async with open_views() as views:
        named = run or await newest_ranking_of(views, tenant, given)
        if named is None:
            return None
        row = await latest(views, tenant, named)
        return await tell_candidate(views, open_store(), row, given) if row.kind == "ranking_data" else None


async def story(tenant: str, deal: str, given: str | None) -> Story:
    async with open_views() as views:
        store = open_store()
        item = await find_item(views, tenant, deal)
        if given is None:
            search = await newest_run_of(
                views, store, tenant, item if isinstance(item, str) else item.item_id
            )
            run, passed = _found(search, item), search.passed
        else:
            run, passed = await latest(views, tenant, given), 0
        told = await tell(views, store, item, run, passed)
    if told.item is None and told.state == "not asked for":
        raise CliError(f"no deal {deal} was ever published, and {run.run_id} did not ask for it")
    return told


def _found(search: Search, item: Item | str) -> RunRow:
    if search.run is not None:
        return search.run
    if isinstance(item, str):
        raise CliError(not_found(search, f"no deal {item} was ever published"))
    raise CliError(
        not_found(search, f"{item.item_id} {'was withdrawn' if item.withdrawn else 'is published'}")
    )


def say_story(told: Story) -> None:
    terminal = console()
    name = f"  {plain(told.item.name)}" if told.item else ""
    terminal.print(f"[bold]{plain(told.item_id)}[/bold]{name}", soft_wrap=True)
    _line("published", _published(told))
    status = told.status or "running"
    _line("run", f"{told.run_id} revision {told.revision} ({status})")
    if told.passed:
        _line("since", f"{told.passed} newer {'run' if told.passed == 1 else 'runs'} did not ask for it")
    if told.snapshot and told.clusters:
        _line("snapshot", f"{told.snapshot.key}")
    for title, chapters in (
        ("cluster", told.clusters),
        ("package", told.packages),
        ("excluded", told.excluded),
    ):
        for chapter in chapters:
            _chapter(title, chapter)
    _line("so it is", _verdict(told))


def _published(told: Story) -> str:
    if told.item is None:
        return "never"
    state = "withdrawn" if told.item.withdrawn else "offered"
    version = f"version {told.item.version}, " if told.item.version != "-" else ""
    return f"{state} since {clock(told.item.updated_at)}, {version}content {told.item.content_sha256[:12]}"


def _chapter(title: str, chapter: Chapter) -> None:
    _line(title, f"{chapter.entity}: {plain(chapter.words)}")
    for call in chapter.calls:
        _line("", f"  decided in {plain(call)}")


def _verdict(told: Story) -> str:
    if told.reason is not None:
        again = (
            f"; `assort retry {told.run_id}` tries again" if told.state == "failed" and told.status else ""
        )
        return f"[bold]{told.state}[/bold]: {plain(told.reason.code)}: {plain(told.reason.words)}{again}"
    number = len(told.packages)
    words = {
        "open": "open: the run is not over",
        "placed": f"[bold]placed[/bold] in {number} {'package' if number == 1 else 'packages'}",
        "not asked for": "not part of this run",
    }
    return words[told.state]


def _line(title: str, words: str) -> None:
    console().print(f"  {title:<10} {words}", soft_wrap=True)
