"""A run and its packages in words that a buyer or an operator can read."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from rich.console import Console

from cli.console import listed, plain, span, table, usd
from cli.domain.reasons import Reasons
from cli.packages import Excluded, Package, is_simulated
from cli.quality import quality_lines
from cli.reading import RunRow
from contracts.packages import Aggregates, SafetyView, Share
from contracts.safety import SafetyRisk
from contracts.settings import PackageSettings

NAME_SHOWN = 60
ID_SHOWN = 8
DEALS_SHOWN = 40
SIMULATED = (
    "[yellow]The answers came from the simulator, not from a language model: "
    "names, reasons and advice are only for show.[/yellow]"
)


def tell_run(
    terminal: Console, run: RunRow, names: Sequence[str], reasons: Reasons, vectors: str = ""
) -> None:
    terminal.print(
        f"[bold]{run.run_id}[/bold] revision {run.revision}: [bold]{run.status or 'running'}[/bold]"
    )
    if run.words:
        terminal.print(f"  {plain(run.words)}", soft_wrap=True)
    for name, value in _facts(run, names, reasons):
        terminal.print(f"  {name:<9} {value}", soft_wrap=True)
    if vectors:
        terminal.print(f"  {'vectors':<9} {plain(vectors)}", soft_wrap=True)
    if is_simulated(names):
        terminal.print(SIMULATED, soft_wrap=True)


def tell_packages(terminal: Console, packages: Sequence[Package], limit: int) -> None:
    rows = table("package", "name", "deals", "state", "safety", right=("deals",))
    for package in packages[:limit]:
        safety = package.aggregates.safety.worst.value if package.aggregates else ""
        rows.add_row(
            package.package_id[:ID_SHOWN],
            plain(package.name[:NAME_SHOWN]),
            str(len(package.deal_ids)),
            package.state,
            safety,
        )
    terminal.print(rows)
    if len(packages) > limit:
        terminal.print(f"and {len(packages) - limit} more (--packages {len(packages)} shows all)")


def tell_package(terminal: Console, package: Package, excluded: Sequence[Excluded]) -> None:
    terminal.print(
        f"[bold]{plain(package.name)}[/bold]  ({package.state}, {package.package_id})", soft_wrap=True
    )
    if package.advice:
        terminal.print(f"  {plain(package.advice.description)}", soft_wrap=True)
        for title, lines in (
            ("verticals", package.advice.verticals),
            ("use cases", package.advice.use_cases),
            ("advice", package.advice.recommendations),
        ):
            terminal.print(f"  {title:<10} {'; '.join(plain(line) for line in lines)}", soft_wrap=True)
    if package.aggregates:
        for title, value in aggregate_lines(package.aggregates):
            terminal.print(f"  {title:<10} {value}", soft_wrap=True)
    terminal.print(f"  {'reasoning':<10} {plain(package.reasoning)}", soft_wrap=True)
    if package.deal_ids:
        more = len(package.deal_ids) - DEALS_SHOWN
        rest = f" and {more} more (--json shows all)" if more > 0 else ""
        deals = f"{len(package.deal_ids)}: {listed(package.deal_ids[:DEALS_SHOWN])}{rest}"
        terminal.print(f"  {'deals':<10} {deals}", soft_wrap=True)
    for one in excluded:
        terminal.print(f"  {plain(one.item_id)}: {plain(one.code)}: {plain(one.words)}", soft_wrap=True)
    models = listed(dict.fromkeys(package.models), "no model")
    terminal.print(f"  {'from':<10} cluster {package.cluster_id}, answered by {models}")


def aggregate_lines(aggregates: Aggregates) -> list[tuple[str, str]]:
    floors = "; ".join(
        f"{floor.lowest:g} to {floor.highest:g} {plain(floor.currency)},"
        f" median {floor.median:g} ({floor.deals} deals)"
        for floor in aggregates.floors
    )
    lines = [
        ("topics", _shares(aggregates.tier1)),
        ("formats", _shares(aggregates.formats)),
        ("audience", _shares(aggregates.audience)),
        ("publishers", _shares(aggregates.publishers)),
        ("quality", _shares(aggregates.quality_tiers)),
        ("safety", _safety(aggregates.safety)),
        ("floors", floors or "none stated"),
        ("countries", _countries(aggregates)),
        ("when", _when(aggregates)),
    ]
    return [(title, value) for title, value in lines if value and value != "-"]


def settings_line(settings: dict[str, Any] | None) -> str:
    """What was set by hand; the defaults need no words."""
    return changes_of(PackageSettings, settings)


def changes_of(kind: type[BaseModel], settings: dict[str, Any] | None) -> str:
    if not settings:
        return "defaults"
    chosen = kind.model_validate(settings, extra="ignore").model_dump(mode="json")
    changed = _changes(chosen, kind().model_dump(mode="json"))
    return ", ".join(plain(change) for change in changed) or "defaults"


def _changes(chosen: dict[str, Any], default: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, value in chosen.items():
        if isinstance(value, dict):
            found += _changes(value, default[name], f"{prefix}{name}.")
        elif value != default[name]:
            found.append(f"{prefix}{name}={value}")
    return found


def _facts(run: RunRow, names: Sequence[str], reasons: Reasons) -> list[tuple[str, str]]:
    counted = _counts(run, reasons) if run.status else [("deals", _so_far(run, reasons))]
    return [
        *counted,
        ("model", listed(names, "none was asked")),
        ("settings", settings_line(run.settings)),
        *quality_lines(run.quality),
        ("took", span(run.seconds)),
    ]


def _counts(run: RunRow, reasons: Reasons) -> list[tuple[str, str]]:
    counts, cost = run.counts, run.cost
    failed = f", {counts.failed_clusters} failed" if counts.failed_clusters else ""
    bad = f", {counts.failed_packages} not enriched" if counts.failed_packages else ""
    return [
        ("deals", f"{counts.placed} placed, {counts.failed} failed, {counts.excluded} excluded"),
        *_reasons(reasons),
        ("clusters", f"{counts.clusters}{failed}"),
        ("packages", f"{counts.packages}{bad}, and {counts.excluded_packages} lists of excluded deals"),
        (
            "cost",
            f"{usd(cost.usd, cost.unpriced_calls)}, {cost.calls} calls, {cost.stored_answers} stored answers",
        ),
    ]


def _reasons(reasons: Reasons) -> list[tuple[str, str]]:
    if reasons.unknown:
        return [("reasons", f"cannot be said: {plain(reasons.unknown)}")]
    both = (("failed", reasons.failed), ("excluded", reasons.excluded))
    return [(title, _codes(codes)) for title, codes in both if codes]


def _so_far(run: RunRow, reasons: Reasons) -> str:
    """Counts come with the end of a run."""
    items = "" if run.items is None else f"{run.items} frozen, "
    excluded = f"; excluded from packages so far: {_codes(reasons.excluded)}" if reasons.excluded else ""
    return f"{items}counted when the run is over{excluded}"


def _codes(codes: Mapping[str, int]) -> str:
    return listed(f"{code} {deals}" for code, deals in codes.items())


def _safety(safety: SafetyView) -> str:
    """The best rating is nobody's fault: every member has it."""
    named = safety.caused_by[:3] if safety.worst is not SafetyRisk.LOW else ()
    cause = f" because of {listed(named)}" if named else ""
    family = {True: ", family safe", False: ", not family safe", None: ""}[safety.family_safe]
    return f"{safety.worst.value}{cause}{family}"


def _shares(shares: Sequence[Share], limit: int = 4) -> str:
    return listed(f"{share.name} ({share.deals})" for share in shares[:limit])


def _countries(aggregates: Aggregates) -> str:
    if aggregates.countries is None:
        return "no limit"
    return listed(aggregates.countries, "none in which all sell")


def _when(aggregates: Aggregates) -> str:
    starts, ends = aggregates.starts, aggregates.ends
    if starts and ends and ends < starts:
        return f"no day on which all run: the last starts {starts}, the first ends {ends}"
    return f"{starts or 'now'} to {ends or 'open end'}" if starts or ends else "any time"


def run_document(run: RunRow, models: Sequence[str]) -> dict[str, Any]:
    """Of a run of any kind."""
    return {
        "run_id": run.run_id,
        "revision": run.revision,
        "kind": run.kind,
        "status": run.status,
        "words": run.words,
        "requested_at": run.requested_at,
        "finished_at": run.finished_at,
        "counts": run.counts.model_dump(),
        "cost": run.cost.model_dump(),
        "models": list(models),
        "simulated": is_simulated(models),
        "settings": run.settings,
    }
