"""What became of one product in one segmentation, and which calls decided it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.connections import Connection, Store
from cli.console import console, plain
from cli.errors import CliError
from cli.reading import RunRow
from cli.segments.evidence import Call, SegmentEvidence
from cli.segments.gathering import SegmentObjects, gather_rows
from contracts.segmenting import (
    OUT_OF_SCOPE,
    BatchAsked,
    BatchTaxonomy,
    MergeAsked,
    MergedTaxonomy,
    RefineAsked,
    RefinedBatch,
)
from contracts.unplaced import Unplaced

FILES = """
select file_path, model, status, cached from read.llm_interactions_v1
where tenant = $1 and run_id = $2 and interaction_type = $3 and batch_id = $4 order by started_at, file_path
"""

CONFIDENCE = """
select confidence from read.segmentation_results_v1
where tenant = $1 and run_id = $2 and revision = $3 and upstream_id = $4
"""

LATEST = """
select run_id, revision from read.segmentation_products_v1
where tenant = $1 and upstream_id = $2 order by run_id desc, revision desc limit 1
"""

KNOWN = "select name, withdrawn from read.items_v1 where tenant = $1 and kind = 'product' and item_id = $2"


@dataclass(frozen=True, slots=True)
class Turn:
    """One call that had to do with the product."""

    title: str
    words: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductStory:
    product_id: str
    name: str
    run: RunRow
    turns: tuple[Turn, ...]
    verdict: str


async def newest_run_of(views: Connection, tenant: str, product_id: str) -> str | None:
    row = await views.fetchrow(LATEST, tenant, product_id)
    return row["run_id"] if row else None


async def tell(views: Connection, store: Store, run: RunRow, product_id: str) -> ProductStory:
    key = (run.tenant, run.run_id, run.revision)
    known = await views.fetchrow(KNOWN, run.tenant, product_id)
    seen = await SegmentObjects(store).completed(await gather_rows(views, *key))
    turns = [
        Turn(title, words, await _files(views, run, call)) for title, words, call in _turns(seen, product_id)
    ]
    verdict = await _verdict(views, seen, product_id)
    if verdict is None and known is None:
        raise CliError(f"no product {product_id} was ever published, and {run.run_id} did not ask for it")
    name = known["name"] if known else ""
    return ProductStory(product_id, name, run, tuple(turns), verdict or "not part of this run")


def say(told: ProductStory) -> None:
    terminal = console()
    terminal.print(f"[bold]{plain(told.product_id)}[/bold]  {plain(told.name)}", soft_wrap=True)
    status = told.run.status or "running"
    terminal.print(f"  {'run':<10} {told.run.run_id} revision {told.run.revision} ({status})", soft_wrap=True)
    for turn in told.turns:
        terminal.print(f"  {turn.title:<10} {plain(turn.words)}", soft_wrap=True)
        for file in turn.files:
            terminal.print(f"  {'':<10}   decided in {plain(file)}", soft_wrap=True)
    terminal.print(f"  {'so it is':<10} {plain(told.verdict)}", soft_wrap=True)


def _turns(run: SegmentEvidence, product_id: str) -> Iterator[tuple[str, str, Call]]:
    name = None
    for call in run.of("segmentation"):
        if isinstance(call.asked, BatchAsked) and product_id in call.asked.product_ids:
            name, words = _found(call, product_id)
            yield "batch", f"{call.number}, with {len(call.asked.product_ids) - 1} others: {words}", call
    for call in run.of("consolidate_taxonomy"):
        if name is not None and isinstance(call.answered, MergedTaxonomy):
            into = next((each for each in call.answered.categories if name in each.merged), None)
            if into is not None and isinstance(call.asked, MergeAsked):
                by = " (by names)" if call.made_by == "names" else ""
                yield "merge", f"{len(into.merged)} categories became {into.category_name}{by}", call
                name = into.category_id
    for call in run.of("refine_assignments"):
        if isinstance(call.asked, RefineAsked) and product_id in call.asked.product_ids:
            yield "refined", _refined(call, call.asked, product_id), call


def _found(call: Call, product_id: str) -> tuple[str | None, str]:
    if not isinstance(call.answered, BatchTaxonomy):
        return None, call.state
    if product_id in call.answered.out_of_scope:
        return OUT_OF_SCOPE, "out of scope"
    found = next((each for each in call.answered.categories if product_id in each.product_ids), None)
    return (found.category_id, found.category_name) if found else (None, "named in no category")


def _refined(call: Call, asked: RefineAsked, product_id: str) -> str:
    place = asked.product_ids.index(product_id)
    names = {each.category_id: each.category_name for each in asked.categories}
    before = names.get(asked.current[place], asked.current[place])
    if not isinstance(call.answered, RefinedBatch):
        return f"{before}, looked at again: {call.state}"
    after = names.get(call.answered.category_ids[place], "?")
    if before == after:
        return f"{before}, looked at again: stays"
    undone = "; rolled back, as the batch got worse" if call.rolled_back else ""
    return f"from {before} to {after}{undone}"


async def _files(views: Connection, run: RunRow, call: Call) -> tuple[str, ...]:
    rows = await views.fetch(FILES, run.tenant, run.run_id, call.phase, call.number)
    return tuple(
        f"{row['file_path']} ({row['model']}, {'stored answer' if row['cached'] else row['status']})"
        for row in rows
    )


async def _verdict(views: Connection, run: SegmentEvidence, product_id: str) -> str | None:
    if product_id in run.last:
        taxonomy = run.taxonomies[run.last[product_id]]
        sure = await views.fetchval(CONFIDENCE, run.tenant, run.run_id, run.revision, product_id)
        confidence = "" if sure is None else f", confidence {sure:.2f}"
        return f"placed in {taxonomy.category_name}{confidence}"
    if run.outcome is not None:
        for state, unplaced in (("failed", run.outcome.failed), ("excluded", run.outcome.excluded)):
            if found := _named(unplaced, product_id):
                again = f"; `assort retry {run.run_id}` tries again" if state == "failed" else ""
                return f"{state}: {found.code}: {found.words}{again}"
    return "open: the run is not over" if product_id in run.products else None


def _named(unplaced: tuple[Unplaced, ...], product_id: str) -> Unplaced | None:
    return next((one for one in unplaced if one.item_id == product_id), None)
