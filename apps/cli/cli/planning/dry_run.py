"""`assort run packages --dry-run`: the plan of what was asked for, in place of asking for it."""

import json
from dataclasses import dataclass

from cli.asking import Wish, next_request
from cli.connections import open_store, open_views
from cli.domain.overrides import package_settings
from cli.planning.plan import Plan, plan
from cli.planning.revising import Changes, changes
from contracts.deals import PackagesRequested


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`base`: the run that would be revised, and what has changed since; None: a new run."""

    plan: Plan
    asked: PackagesRequested | None = None
    changes: Changes | None = None


async def rehearse(wish: Wish, base: str | None) -> Rehearsal:
    if base is None:
        return Rehearsal(await plan(wish.tenant, wish.wanted, package_settings(wish.settings)))
    asked = await next_request(wish, base)
    wanted = wish.wanted if wish.wanted is not None else await _ids(asked)
    async with open_views() as views:
        found = await changes(views, open_store(), wish.tenant, asked.run_id, wanted)
    return Rehearsal(await plan(wish.tenant, wanted, asked.settings), asked, found)


async def _ids(asked: PackagesRequested) -> list[str] | None:
    """None: every deal that is offered."""
    if asked.deal_list is not None:
        return list(json.loads(await open_store().get(asked.deal_list.key)))
    return None if asked.deal_ids is None else list(asked.deal_ids)
