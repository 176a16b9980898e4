"""`assort why DEAL`"""

import asyncio
from typing import Annotated

import typer

from cli.connections import open_store, open_views
from cli.console import clock, console, plain
from cli.errors import CliError
from cli.reading import LAST, latest, runs
from cli.scope import tenant_of
from cli.searching import RUNS_SEARCHED, Search, newest_run_of, not_found
from cli.stories import Chapter, Item, Story, find_item, tell


def why(
    context: typer.Context,
    deal: Annotated[str, typer.Argument(metavar="DEAL", help="Like bidswitch.com/3001, or 3001 alone.")],
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="A run, or `last`; default: the newest that asked for this deal.")
    ] = None,
) -> None:
    """Explain what became of a deal, and which calls decided it."""
    say_story(asyncio.run(story(tenant_of(context), deal, run)))


async def story(tenant: str, deal: str, given: str | None) -> Story:
    async with open_views() as views:
        item = await find_item(views, tenant, deal)
        item_id = item if isinstance(item, str) else item.item_id
        chosen = given or await newest_run_of(views, tenant, item_id) or LAST
        if given is None and not await runs(views, tenant, limit=1):
            raise CliError(
                f"{item_id} is published, and there was no run yet: `assort run packages` starts one"
            )
        run = await latest(views, tenant, chosen)
        found = await tell(views, open_store(), item, run)
    if found.item is None and found.state == "not asked for":
        raise CliError(f"no deal {deal} was ever published, and no run asked for it")
    return found


def say_story(told: Story) -> None:
    terminal = console()
    name = f"  {plain(told.item.name)}" if told.item else ""
    terminal.print(f"[bold]{plain(told.item_id)}[/bold]{name}", soft_wrap=True)
    _line("published", _published(told))
    status = told.status or "running"
    _line("run", f"{told.run_id} revision {told.revision} ({status})")
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
        again = f"; `assort retry {told.run_id}` tries again" if told.state == "failed" else ""
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
