"""A plan in words and as a document."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from cli.console import plain, span, table
from cli.planning.dry_run import Rehearsal
from cli.planning.forecast import Forecast, Habit, History
from cli.planning.plan import Compared, Plan
from cli.planning.shapes import Shape

NUMBERS = ("clusters", "deals each", "in several", "left over", "packages", "calls", "USD", "time")


def tell(terminal: Console, plan: Plan) -> None:
    for name, value in _facts(plan):
        terminal.print(f"  {name:<9} {value}", soft_wrap=True)
    for words in _notes(plan):
        terminal.print(f"[yellow]{plain(words)}[/yellow]", soft_wrap=True)


def tell_rehearsal(terminal: Console, rehearsal: Rehearsal) -> None:
    """What would be asked for. The forecast is of the whole; a revise does the part of it that changed."""
    asked, found = rehearsal.asked, rehearsal.changes
    if asked is not None and found is not None:
        terminal.print(f"revision {asked.revision} of {asked.run_id}", soft_wrap=True)
        terminal.print(
            f"  since then {found.new} deals are new, {found.changed} have changed, {found.withdrawn} are"
            f" gone; {len(found.touched)} of {found.clusters} clusters hold one of them",
            soft_wrap=True,
        )
        terminal.print("all of it, were nothing there to take over:")
    tell(terminal, rehearsal.plan)
    terminal.print("a dry run: nothing was asked for")


def tell_sweep(terminal: Console, compared: Sequence[Compared]) -> None:
    rows = table("settings", *NUMBERS, right=NUMBERS)
    for one in compared:
        rows.add_row(one.words, *_numbers(one.forecast))
    terminal.print(rows)


def document(plan: Plan, compared: Sequence[Compared]) -> dict[str, Any]:
    return {
        "deals": plan.forecast.shape.deals,
        "without_vector": plan.offered.without_vector,
        "not_offered": plan.offered.unknown,
        "embedding_model": plan.offered.model,
        "settings": plan.settings.model_dump(mode="json"),
        "prices_of": plan.prices_of,
        "assumed": _assumed(plan.history),
        **figures(plan.forecast),
        "sweep": [
            {"name": one.scenario.name, "moved": dict(one.scenario.moved), **figures(one.forecast)}
            for one in compared
        ],
    }


def figures(made: Forecast) -> dict[str, Any]:
    prompt, completion = made.tokens
    return {
        "clusters": made.shape.clusters,
        "deals_per_cluster": round(made.shape.mean_size, 2),
        "overlap": round(made.shape.overlap, 4),
        "left_over": made.shape.left,
        "packages": made.packages,
        "calls": {"packager": made.packager.calls, "enricher": made.enricher.calls},
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "usd": None if made.usd is None else round(made.usd, 6),
        "seconds": round(made.seconds, 1),
        "sequential_seconds": round(made.sequential_seconds, 1),
    }


def _facts(plan: Plan) -> list[tuple[str, str]]:
    made, shape = plan.forecast, plan.forecast.shape
    prompt, completion = made.tokens
    asked = f"{made.packager.calls} about clusters, {made.enricher.calls} about packages"
    return [
        ("deals", f"{shape.deals} with a vector of {plain(plan.offered.model or 'no model')}"),
        ("clusters", f"{shape.clusters}  {_sizes(shape)}"),
        ("overlap", f"{shape.overlap:.1%} of the deals are in several clusters, {shape.left} in none"),
        ("packages", f"{made.packages}  {_ratio(plan.history)}"),
        ("calls", f"{made.calls}: {asked}"),
        ("tokens", f"{prompt:,} in, {completion:,} out"),
        ("cost", _cost(plan)),
        ("time", _time(plan)),
        ("from", "; ".join(_sources(plan.history))),
    ]


def _sizes(shape: Shape) -> str:
    if not shape.sizes:
        return ""
    return f"{min(shape.sizes)} to {max(shape.sizes)} deals, {shape.mean_size:.1f} on average"


def _time(plan: Plan) -> str:
    sequential = span(plan.forecast.sequential_seconds)
    return (
        f"{span(plan.forecast.seconds)}, {plan.pool.concurrency} calls at once;"
        f" one after the other: {sequential}"
    )


def _ratio(history: History) -> str:
    source = f"in {history.runs} finished runs" if history.runs else "assumed"
    return f"{history.packages_per_cluster:.1f} of a cluster, {source}"


def _cost(plan: Plan) -> str:
    if plan.forecast.usd is not None:
        return f"{plan.forecast.usd:.4f} USD at the prices of {plan.prices_of}; stored answers cost nothing"
    models = sorted({stage.habit.model for stage in plan.forecast.stages})
    return f"not known: no price for {plain(', '.join(models))}; see LLM_PRICES_FILE"


def _sources(history: History) -> list[str]:
    return [_source("clusters", history.packager), _source("packages", history.enricher)]


def _source(about: str, habit: Habit) -> str:
    how = f"{habit.measured} calls" if habit.measured else "no call yet, assumptions"
    return f"{about}: {plain(habit.model)}, {how}, {habit.seconds:.1f} s each"


def _assumed(history: History) -> list[str]:
    made = {
        "packages_per_cluster": history.runs,
        "calls_about_clusters": history.packager.measured,
        "calls_about_packages": history.enricher.measured,
    }
    return [name for name, measured in made.items() if not measured]


def _notes(plan: Plan) -> list[str]:
    notes = []
    if plan.offered.without_vector:
        notes.append(
            f"{plan.offered.without_vector} deals have no vector yet and are not counted: look again soon"
        )
    if plan.offered.unknown:
        notes.append(
            f"{plan.offered.unknown} deals are not offered: nobody has published them, or they were withdrawn"
        )
    if not plan.forecast.shape.clusters:
        low = plan.settings.clusters.min_cluster_size
        notes.append(f"no cluster: there are fewer than min_cluster_size ({low}) deals")
    return notes


def _numbers(made: Forecast) -> tuple[str, ...]:
    shape = made.shape
    return (
        str(shape.clusters),
        f"{shape.mean_size:.1f}",
        f"{shape.overlap:.1%}",
        str(shape.left),
        str(made.packages),
        str(made.calls),
        "?" if made.usd is None else f"{made.usd:.4f}",
        span(made.seconds),
    )
