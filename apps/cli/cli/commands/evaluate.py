"""`assort evaluate bundles STORE`, `assort evaluate ranker FOLDER`"""

import asyncio
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.bundles.evaluating import Evaluated, Question, evaluated, offline_document, online_document
from cli.connections import open_store, open_views
from cli.console import console, table
from cli.ranking.training import document, tell
from cli.ranking.training import evaluated as evaluated_ranker
from cli.reading import latest
from cli.scope import tenant_of
from contracts.order import DEFAULT_STORE
from contracts.ranking import DEFAULT_SEED

if TYPE_CHECKING:
    from bundling.evaluation import Evaluation, Interval
    from bundling.performance import Performance


def build() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Say how good results are.")
    app.command("bundles")(bundles)
    app.command("ranker")(ranker)
    return app


def bundles(
    context: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE", help="Whose bundles.")] = DEFAULT_STORE,
    *,
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Its products and orders; default: the newest of the store."),
    ] = None,
    k: Annotated[int, typer.Option(min=1, max=100, help="How many are offered beside a product.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How often products are drawn anew.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Hold what is offered beside a product against the last fifth of the orders, and against visitors.

    Orders kept back say what would have been bought; plain counting and popularity are asked the same.
    Feedback says what visitors did who saw bundles, against those who did not.
    """
    found = asyncio.run(_evaluated(Question(tenant_of(context), store, run, k, seeds)))
    if as_json:
        document = {
            "store": store,
            "run_id": found.run_id,
            "offline": offline_document(found.offline),
            "online": online_document(found.online),
        }
        print(json.dumps(_without_nan(document), indent=2))
        return
    terminal = console()
    terminal.print(f"{store}, products and orders of {found.run_id}")
    _tell_offline(terminal, found.offline)
    _tell_online(terminal, found.online)


def ranker(
    *,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Of the BEIR layout: exported or foreign.")
    ],
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What `assort train ranker` wrote; none: what it has to beat."),
    ] = None,
    split: Annotated[str, typer.Option(help="Whose queries.")] = "test",
    seed: Annotated[
        int, typer.Option(min=0, help="How queries are drawn anew, for intervals.")
    ] = DEFAULT_SEED,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A packaged model, a folder, or hash; none: ENCODER_MODEL."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Hold a ranker against BM25 and the encoder alone, on labelled queries of any folder.

    Means with 95 % intervals over queries; differences are paired. The last lines say what may be said.
    """
    found = evaluated_ranker(folder, split, model, encoder, seed)
    if as_json:
        print(json.dumps(document(found), indent=2))
    else:
        tell(console(), found, folder)


async def _evaluated(asked: Question) -> Evaluated:
    async with open_views() as views:
        if asked.run_id:
            asked = replace(asked, run_id=(await latest(views, asked.tenant, asked.run_id)).run_id)
        return await evaluated(views, open_store(), asked)


def _tell_offline(terminal: Console, found: "Evaluation | None") -> None:
    if found is None:
        terminal.print("too few orders with two products or more: none can be kept back")
        return
    terminal.print(
        f"by orders kept back: {found.trained_on} are known, {found.tested_on} of the last fifth ask"
    )
    names = ("hit rate", "NDCG", "coverage", "diversity", "novelty")
    rows = table(f"at {found.k}", *names, right=names)
    for one in found.results:
        figures = (one.hit_rate, one.ndcg, one.coverage, one.diversity, one.novelty)
        rows.add_row(one.recommender, *(_figure(figure) for figure in figures))
    terminal.print(rows)
    for gain in found.gains:
        terminal.print(f"over {gain.over}: hit rate {_gain(gain.hit_rate)}, NDCG {_gain(gain.ndcg)}")


def _tell_online(terminal: Console, found: "Performance | None") -> None:
    if found is None:
        terminal.print("by visitors: nobody has told of a view yet (bundle.viewed)")
        return
    conversion = found.conversion
    terminal.print(
        f"by visitors: {conversion.of} views, {found.added.count} added, {conversion.count} bought"
        f" (conversion {_share(conversion.interval)})"
    )
    terminal.print(f"attach rate {_share(found.attached.interval)}{_lifted(found.attach_lift)}")
    if found.order_value is not None:
        terminal.print(f"order value {found.order_value:.2f}{_lifted(found.order_value_lift)}")
    numbers = ("views", "added", "bought", "revenue")
    rows = table("objective", *numbers, right=numbers)
    for one in found.objectives:
        rows.add_row(one.objective, str(one.viewed), str(one.added), str(one.purchased), f"{one.revenue:.2f}")
    terminal.print(rows)


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _gain(interval: "Interval") -> str:
    return f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"


def _share(interval: "Interval") -> str:
    return f"{interval.mean:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def _lifted(lift: "Interval | None") -> str:
    if lift is None:
        return "; nothing to compare with: no control arm has bought"
    return f"; {lift.mean:+.1%} over the control arm [{lift.low:+.1%}, {lift.high:+.1%}]"


def _without_nan(value: object) -> object:
    """JSON has none."""
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
