"""`assort diff RUN RUN`"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.connections import open_views
from cli.console import console, listed, plain, table
from cli.domain.comparing import Change, Comparison, Pack, compare, compare_named, differing
from cli.errors import CliError
from cli.results import Result, result_of
from cli.scope import tenant_of

ID_SHOWN = 8
NAME_SHOWN = 50
DEALS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Noun:
    """What a run of some kind makes, and of what."""

    many: str
    members: str
    named: bool = False  # with one name it is one, whatever its members


NOUNS = {
    "packages": Noun("packages", "deals"),
    "segmentation": Noun("segments", "products"),
    "bundles": Noun("bundles", "products"),
    "ranking_data": Noun("queries", "records", named=True),
}

One = Annotated[str, typer.Argument(metavar="RUN", help="A run, or one of its revisions, like RUN@1.")]


def diff(
    context: typer.Context,
    before: One,
    after: One,
    *,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="How many packages of each kind.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Compare two runs, or two revisions of one: what they made, settings, counts, cost, quality.

    Packages with the same id hold the same deals in the same versions. Others are told as one that has
    changed where they share a quarter of their deals or more. Queries are told apart by cluster and text.
    """
    results = asyncio.run(_results(tenant_of(context), before, after))
    if results[0].kind != results[1].kind:
        raise CliError(f"{results[0].name} makes {results[0].kind}, {results[1].name} {results[1].kind}")
    noun = NOUNS[results[0].kind]
    compared = (compare_named if noun.named else compare)(results[0].packs, results[1].packs)
    if as_json:
        print(json.dumps(document(*results, compared), indent=2, ensure_ascii=False))
        return
    terminal = console()
    _tell_numbers(terminal, *results)
    _tell_packages(terminal, compared, limit, noun)


async def _results(tenant: str, before: str, after: str) -> tuple[Result, Result]:
    async with open_views() as views:
        return await result_of(views, tenant, before), await result_of(views, tenant, after)


def document(before: Result, after: Result, compared: Comparison) -> dict[str, Any]:
    return {
        "before": {"run_id": before.run_id, "revision": before.revision, "status": before.status},
        "after": {"run_id": after.run_id, "revision": after.revision, "status": after.status},
        "differing": {name: {"before": one, "after": other} for name, (one, other) in _facts(before, after)},
        NOUNS[before.kind].many: {
            "same": [pack.package_id for pack, _ in compared.same],
            "renamed": [_renamed(*pair) for pair in compared.same if pair[0].name != pair[1].name],
            "changed": [_changed(change) for change in compared.changed],
            "only_before": [_pack(pack) for pack in compared.only_before],
            "only_after": [_pack(pack) for pack in compared.only_after],
            **({"records": asdict(compared.moved)} if NOUNS[before.kind].named else {}),
        },
    }


def _facts(before: Result, after: Result) -> list[tuple[str, tuple[Any, Any]]]:
    """What differs besides the packages, by dotted name."""
    return list(differing(_numbers(before), _numbers(after)).items())


def _numbers(result: Result) -> dict[str, Any]:
    return {
        "status": result.status,
        "vectors": result.model,
        "settings": result.settings,
        "counts": result.counts,
        "cost": result.cost,
        "quality": result.quality,
    }


def _tell_numbers(terminal: Console, before: Result, after: Result) -> None:
    facts = _facts(before, after)
    if not facts:
        terminal.print(f"{before.name} and {after.name}: settings, counts, cost and quality are the same")
        return
    rows = table("", before.name, after.name, right=(before.name, after.name))
    for name, (one, other) in facts:
        rows.add_row(name, _value(one), _value(other))
    terminal.print(rows)


def _tell_packages(terminal: Console, compared: Comparison, limit: int, noun: Noun) -> None:
    terminal.print(
        f"{noun.many}: {len(compared.same)} the same, {len(compared.changed)} changed,"
        f" {len(compared.only_before)} only before, {len(compared.only_after)} only after"
    )
    if noun.named:
        moved = compared.moved
        terminal.print(f"{noun.members}: {moved.added} added, {moved.removed} removed")
    renamed = [(one, other) for one, other in compared.same if one.name != other.name]
    for one, other in renamed[:limit]:
        terminal.print(f"  = {_named(one)} is now called {plain(other.name[:NAME_SHOWN])}", soft_wrap=True)
    for change in compared.changed[:limit]:
        terminal.print(f"  ~ {_named(change.before)} -> {_named(change.after)}", soft_wrap=True)
        terminal.print(f"      {change.likeness:.0%} in common{_moved(change)}", soft_wrap=True)
    for sign, packs in (("-", compared.only_before), ("+", compared.only_after)):
        for pack in packs[:limit]:
            terminal.print(f"  {sign} {_named(pack)}, {len(pack.members)} {noun.members}", soft_wrap=True)
    most = max(len(renamed), len(compared.changed), len(compared.only_before), len(compared.only_after))
    if most > limit:
        terminal.print(f"at most {limit} of each kind are shown (--limit {most} shows all)")


def _named(pack: Pack) -> str:
    return f"{pack.package_id[:ID_SHOWN]} {plain(pack.name[:NAME_SHOWN])}"


def _moved(change: Change) -> str:
    return f"{_deals('; added', change.added)}{_deals('; removed', change.removed)}"


def _deals(words: str, item_ids: Sequence[str]) -> str:
    if not item_ids:
        return ""
    more = f" and {len(item_ids) - DEALS_SHOWN} more" if len(item_ids) > DEALS_SHOWN else ""
    return f"{words} {listed(item_ids[:DEALS_SHOWN])}{more}"


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else plain("-" if value is None else value)


def _pack(pack: Pack) -> dict[str, Any]:
    return {"package_id": pack.package_id, "package_name": pack.name, "deal_ids": sorted(pack.members)}


def _renamed(before: Pack, after: Pack) -> dict[str, str]:
    return {"package_id": before.package_id, "before": before.name, "after": after.name}


def _changed(change: Change) -> dict[str, Any]:
    return {
        "before": change.before.package_id,
        "after": change.after.package_id,
        "names": [change.before.name, change.after.name],
        "jaccard": round(change.likeness, 4),
        "added": change.added,
        "removed": change.removed,
    }
