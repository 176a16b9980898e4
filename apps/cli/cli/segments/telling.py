"""A segmentation in words that a curator can read."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from cli.console import listed, plain, span, table, usd
from cli.packages import is_simulated
from cli.reading import RunRow
from cli.segments.results import SegmentResult, SegmentRow
from cli.telling import SIMULATED, changes_of, run_document
from contracts.segmentation import SegmentationSettings

ID_SHOWN = 8
NAME_SHOWN = 50
DEFINITION_SHOWN = 70
PRODUCTS_SHOWN = 40


def tell_run(terminal: Console, run: RunRow, result: SegmentResult | None, models: Sequence[str]) -> None:
    terminal.print(
        f"[bold]{run.run_id}[/bold] revision {run.revision}: [bold]{run.status or 'running'}[/bold]"
    )
    if run.words:
        terminal.print(f"  {plain(run.words)}", soft_wrap=True)
    facts = [*_of_result(result), *_of_run(run), ("model", listed(models, "none was asked"))]
    for name, value in facts:
        terminal.print(f"  {name:<9} {value}", soft_wrap=True)
    if is_simulated(models):
        terminal.print(SIMULATED, soft_wrap=True)


def tell_segments(terminal: Console, segments: Sequence[SegmentRow], limit: int) -> None:
    rows = table("segment", "name", "products", "confidence", "definition", right=("products", "confidence"))
    for segment in segments[:limit]:
        rows.add_row(
            segment.segment_id[:ID_SHOWN] or "-",
            plain(segment.name[:NAME_SHOWN]),
            str(segment.products),
            "" if segment.confidence is None else f"{segment.confidence:.2f}",
            plain(segment.definition[:DEFINITION_SHOWN]),
        )
    terminal.print(rows)
    if len(segments) > limit:
        terminal.print(f"and {len(segments) - limit} more (--segments {len(segments)} shows all)")


def tell_segment(terminal: Console, segment: SegmentRow) -> None:
    terminal.print(
        f"[bold]{plain(segment.name)}[/bold]  ({segment.kind}, {segment.segment_id or 'no id yet'})"
    )
    terminal.print(f"  definition {plain(segment.definition)}", soft_wrap=True)
    more = len(segment.product_ids) - PRODUCTS_SHOWN
    rest = f" and {more} more (--json shows all)" if more > 0 else ""
    shown = listed(segment.product_ids[:PRODUCTS_SHOWN])
    terminal.print(f"  products   {segment.products}: {shown}{rest}", soft_wrap=True)


def document(run: RunRow, result: SegmentResult | None, models: Sequence[str]) -> dict[str, Any]:
    return run_document(run, models) | {
        "category": result.category if result else None,
        "taxonomy_version": result.taxonomy_version if result else None,
        "result_summary": result.summary if result else None,
        "segments": [segment_document(one) for one in result.segments] if result else [],
    }


def segment_document(segment: SegmentRow) -> dict[str, Any]:
    return {
        "id": segment.taxonomy_id,
        "segment_id": segment.segment_id or None,
        "kind": segment.kind,
        "category_name": segment.name,
        "definition": segment.definition,
        "product_count": segment.products,
        "confidence": segment.confidence,
        "product_ids": list(segment.product_ids),
    }


def _of_run(run: RunRow) -> list[tuple[str, str]]:
    counts, cost = run.counts, run.cost
    lines = [("settings", changes_of(SegmentationSettings, run.settings)), ("took", span(run.seconds))]
    if run.status is None:
        return lines
    outside = f" ({counts.out_of_scope} of them out of scope)" if counts.out_of_scope else ""
    products = f"{counts.placed} placed{outside}, {counts.failed} failed, {counts.excluded} excluded"
    spent = f"{usd(cost.usd, cost.unpriced_calls)}, {cost.calls} calls, {cost.stored_answers} stored answers"
    return [("products", products), ("segments", str(counts.segments)), ("cost", spent), *lines]


def _of_result(result: SegmentResult | None) -> list[tuple[str, str]]:
    if result is None:
        return []
    version = f", taxonomy {result.taxonomy_version}" if result.taxonomy_version else ""
    lines = [("category", f"{plain(result.category)}{version}")]
    if result.summary:
        lines.append(("refined", _refined(result.summary)))
        repaired = len(result.summary["repaired_calls"])
        by_name = len(result.summary["merged_by_name"])
        lines.append(("answers", f"{repaired} calls repaired, {by_name} merges made by names"))
    return lines


def _refined(summary: dict[str, Any]) -> str:
    if not summary["looked_at_again"]:
        return "nothing was looked at again"
    before, after = summary["mean_margin_before"], summary["mean_margin_after"]
    margin = f", mean margin {before:.3f} -> {after:.3f}" if before is not None and after is not None else ""
    undone = summary["batches_rolled_back"]
    rolled = f", {undone} batches rolled back" if undone else ""
    return f"{summary['looked_at_again']} looked at again, {summary['moved']} moved{margin}{rolled}"
