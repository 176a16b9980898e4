"""Bundles in words that a curator can read, and the record of how they came about."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console

from cli.bundles.results import BundleResult, BundleRow
from cli.console import listed, plain, span, table, usd
from cli.packages import is_simulated
from cli.reading import RunRow
from cli.telling import SIMULATED, changes_of, run_document
from contracts.bundling import BundleSettings

ID_SHOWN = 8
NAME_SHOWN = 60
WIDTH = 12


def tell_run(terminal: Console, run: RunRow, result: BundleResult | None, models: Sequence[str]) -> None:
    terminal.print(
        f"[bold]{run.run_id}[/bold] revision {run.revision}: [bold]{run.status or 'running'}[/bold]"
    )
    if run.words:
        terminal.print(f"  {plain(run.words)}", soft_wrap=True)
    facts = [*_of_result(result), *_of_run(run), ("named by", listed(models, "templates"))]
    for name, value in facts:
        terminal.print(f"  {name:<{WIDTH}} {value}", soft_wrap=True)
    if is_simulated(models):
        terminal.print(SIMULATED, soft_wrap=True)


def tell_objectives(terminal: Console, record: dict[str, Any]) -> None:
    right = ("benefit", "confidence", "priority")
    rows = table("objective", "benefit", "confidence", "priority", "pursued", right=right)
    told = record["objective_selection"]
    for name, one in sorted(told.items(), key=lambda pair: pair[1]["rank"]):
        figures = [f"{one[figure]:.2f}" for figure in right]
        rows.add_row(name, *figures, "yes" if one["selected"] else "")
    terminal.print(rows)


def tell_bundles(terminal: Console, bundles: Sequence[BundleRow], limit: int) -> None:
    right = ("price", "off", "score")
    rows = table("bundle", "name", "type", "objective", "price", "off", "score", right=right)
    for one in bundles[:limit]:
        bundle = one.bundle
        rows.add_row(
            one.bundle_id[:ID_SHOWN],
            plain(one.name[:NAME_SHOWN]),
            bundle.kind + (" (cold)" if bundle.cold_start else ""),
            bundle.objective,
            _price(bundle.price, bundle.currency),
            f"{bundle.discount:.0%}",
            f"{bundle.score.hybrid:.2f}",
        )
    terminal.print(rows)
    if len(bundles) > limit:
        terminal.print(f"and {len(bundles) - limit} more (--bundles {len(bundles)} shows all)")


def tell_bundle(terminal: Console, one: BundleRow) -> None:
    bundle = one.bundle
    terminal.print(f"[bold]{plain(one.name)}[/bold]  ({bundle.kind}, {one.bundle_id})")
    if one.description:
        terminal.print(f"  {plain(one.description)}", soft_wrap=True)
    for name, value in _of_bundle(one):
        terminal.print(f"  {name:<{WIDTH}} {value}", soft_wrap=True)
    for item in bundle.items:
        price = _price(item.price, bundle.currency)
        terminal.print(
            f"  {'-':>{WIDTH}} {plain(item.product_id)}  {plain(item.name)}  {price}", soft_wrap=True
        )


def document(run: RunRow, result: BundleResult | None, models: Sequence[str]) -> dict[str, Any]:
    return run_document(run, models) | {
        "store": result.store if result else None,
        "as_of": result.as_of if result else None,
        "record": result.record if result else None,
        "bundles": [bundle_document(one) for one in result.bundles] if result else [],
    }


def bundle_document(one: BundleRow) -> dict[str, Any]:
    told = {"rank": one.rank, "name": one.name, "description": one.description, "named_by": one.named_by}
    return told | one.bundle.model_dump(mode="json")


def _of_bundle(one: BundleRow) -> Iterator[tuple[str, str]]:
    bundle, score, seen = one.bundle, one.bundle.score, one.bundle.evidence
    price = _price(bundle.price, bundle.currency)
    yield "price", f"{price} instead of {bundle.full_price:.2f} ({bundle.discount:.0%} off)"
    if bundle.tiers:
        yield "tiers", ", ".join(f"{tier.quantity}: {tier.discount:.0%} off" for tier in bundle.tiers)
    yield "margin", "not known" if bundle.margin is None else f"{bundle.margin:.0%}"
    yield "found by", f"{bundle.method}, for {bundle.objective}"
    parts = (
        f"{score.alpha:.2f} x {score.semantic:.2f} texts + {score.beta:.2f} x {score.data:.2f} orders"
        f" + {score.gamma:.2f} x {score.business:.2f} business"
    )
    yield "score", f"{score.hybrid:.3f} = {parts}"
    if seen.together:
        lift = f"lift {seen.lift:.1f} (at least {seen.lift_low:.1f})"
        sure = f"confidence {seen.confidence:.0%} (at least {seen.confidence_low:.0%})"
        yield "orders", f"{seen.together} hold all of it; {lift}, {sure}"


def _of_run(run: RunRow) -> list[tuple[str, str]]:
    counts, cost = run.counts, run.cost
    lines = [("settings", changes_of(BundleSettings, run.settings)), ("took", span(run.seconds))]
    if run.status is None:
        return lines
    products = f"{counts.placed} in bundles, {counts.failed} failed, {counts.excluded} in none"
    spent = f"{usd(cost.usd, cost.unpriced_calls)}, {cost.calls} calls, {cost.stored_answers} stored answers"
    return [("products", products), ("bundles", str(counts.bundles)), ("cost", spent), *lines]


def _of_result(result: BundleResult | None) -> Iterator[tuple[str, str]]:
    if result is None:
        return
    at = f", as of {result.as_of:%Y-%m-%d}" if result.as_of else ""
    yield "store", f"{result.store}{at}"
    if result.record is None:
        return
    record = result.record
    mined, budget, gates = record["mining"], record["time_budget"], record["policy_gates"]
    yield "orders", f"{mined['orders']} with {mined['lines']} lines; {mined['associations']} associations"
    yield "candidates", _gates(gates)
    over = "; the deadline came first" if budget["deadline_hit"] else ""
    yield "time", f"{budget['actual_duration_ms'] / 1000:.1f} s of {budget['limit_ms'] / 1000:.0f} s{over}"
    chosen = record["diversity_selection"]
    alike, before = chosen["mean_similarity"], chosen["mean_similarity_without_mmr"]
    yield "likeness", f"{alike:.2f} of the chosen to each other ({before:.2f} by score alone)"
    if record["cold_start"]:
        yield "cold start", "orders say too little: bundles by price, category, margin and texts"


def _gates(gates: dict[str, int]) -> str:
    rejected = [
        f"{count} {name.removeprefix('rejected_').replace('_', ' ')}"
        for name, count in gates.items()
        if count and name.startswith("rejected_")
    ]
    why = f" ({', '.join(rejected)})" if rejected else ""
    return f"{gates['total_candidates']}, of which {gates['passed']} pass all gates{why}"


def _price(price: float, currency: str | None) -> str:
    return f"{price:.2f} {currency}" if currency else f"{price:.2f}"
