"""Products to segments in one go."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.rule import Rule

from cli.commands.publish import publish_events
from cli.commands.verify import collect, findings, say_proof
from cli.commands.why import product_story
from cli.connections import Connection, open_views
from cli.console import console
from cli.demo_products import CATEGORY, generate_products
from cli.domain.feed import Accepted, FeedRules, read_feed
from cli.domain.progress import exit_code
from cli.errors import CliError, Exit
from cli.reading import RunRow, latest
from cli.segments.asking import SegmentWish, ask
from cli.segments.results import SegmentRow, result_of
from cli.segments.showing import show_run
from cli.segments.stories import say as say_story
from cli.segments.telling import tell_segment
from cli.watching import follow
from contracts import Event
from contracts.safety import SafetyScale

LISTED = 15
WAIT_SECONDS = 60


async def demonstrate(tenant: str, count: int, folder: Path) -> int:
    terminal, events = console(), made_up(tenant, count, folder)
    await publish_events(events)
    terminal.print(f"published {len(events)} made-up products, like those of {folder / 'products.jsonl'}")
    ids = sorted(event.entity for event in events)
    asked = await ask(SegmentWish(tenant, CATEGORY, ids, wait=WAIT_SECONDS))
    async with open_views() as views:
        progress = await follow(views, tenant, asked.run_id, asked.revision)
        run = await latest(views, tenant, asked.run_id)
        terminal.print(Rule(f"assort show {run.run_id}", align="left"))
        await show_run(views, run, LISTED, as_json=False)
        await _explain(views, tenant, run)
    terminal.print(Rule(f"assort verify {run.run_id}", align="left"))
    evidence = await collect(tenant, run.run_id)
    say_proof(evidence)
    return Exit.FAILED if findings(evidence) else exit_code(progress.status or "")


def made_up(tenant: str, count: int, folder: Path) -> Sequence[Event]:
    text = "\n".join(json.dumps(one.product, ensure_ascii=False) for one in generate_products(count)) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.jsonl").write_text(text, "utf-8")
    read = list(read_feed(text, FeedRules(tenant, "USD", SafetyScale.IAB, "product")))
    refused = [one for one in read if not isinstance(one, Accepted)]
    if refused:
        raise CliError(f"{folder}: {refused[0]}")
    return [one.event for one in read if isinstance(one, Accepted)]


async def _explain(views: Connection, tenant: str, run: RunRow) -> None:
    result = await result_of(views, run)
    segments: Sequence[SegmentRow] = result.segments if result else ()
    if not segments:
        return
    name, product_id = segments[0].segment_id[:8], segments[0].product_ids[0]
    console().print(Rule(f"assort show {run.run_id} --segment {name}", align="left"))
    tell_segment(console(), segments[0])
    console().print(Rule(f"assort why {product_id}", align="left"))
    told = await product_story(tenant, product_id, run.run_id)
    if told is not None:
        say_story(told)
