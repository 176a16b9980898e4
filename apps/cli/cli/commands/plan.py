"""`assort plan`"""

import asyncio
import json
from typing import Annotated

import typer

from cli.asking import Wish
from cli.console import console
from cli.domain.overrides import package_settings
from cli.domain.run_ids import wanted_ids
from cli.scope import tenant_of
from contracts.settings import PackageSettings


def plan(
    context: typer.Context,
    *,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Deals like bidswitch.com/3001; none: all.")
    ] = None,
    deals: Annotated[
        str | None, typer.Option(metavar="FILE", help="Ids, one to a line or a JSON list; -: stdin.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Like clusters.max_deals_per_cluster=15; repeatable."
        ),
    ] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Also what other settings would come to.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Say what a run would come to: clusters, packages, calls, tokens, cost and time. Nothing is written.

    Clusters are those that the run would have, from the deals as they now are. All else is a forecast: from
    earlier runs, else from assumptions, and it says from which.
    """
    settings = package_settings(setting or [])
    _say(tenant_of(context), wanted_ids(ids or [], deals), settings, sweep=sweep, as_json=as_json)


def _say(
    tenant: str, wanted: list[str] | None, settings: PackageSettings, *, sweep: bool, as_json: bool
) -> None:
    from cli.planning import plan as planning  # noqa: PLC0415 - loads the clustering library
    from cli.planning import telling  # noqa: PLC0415 - same

    made = asyncio.run(planning.plan(tenant, wanted, settings))
    compared = planning.compare(made) if sweep else []
    if as_json:
        print(json.dumps(telling.document(made, compared), indent=2))
        return
    telling.tell(console(), made)
    if compared:
        telling.tell_sweep(console(), compared)


def say_instead(wish: Wish, base: str | None) -> None:
    """A dry run: the plan of what was asked for, in place of asking for it."""
    from cli.planning.dry_run import rehearse  # noqa: PLC0415 - loads the clustering library
    from cli.planning.telling import tell_rehearsal  # noqa: PLC0415 - same

    tell_rehearsal(console(), asyncio.run(rehearse(wish, base)))
