"""Which orders make sense for a run as it is now."""

from dataclasses import dataclass
from typing import Any, Literal

from api import runs
from api.keys import Caller
from api.kinds import Kind
from api.problems import Problem, not_found
from api.runs import Run
from contracts.runs import RunCommanded
from contracts.settings import Redo
from runtime.work import Database

LONGEST_BY = 200


@dataclass(frozen=True, slots=True)
class Order:
    command: Literal["cancel", "retry"]
    redo: Redo = "nothing"
    fresh: bool = False

    @property
    def detail(self) -> dict[str, Any]:
        return {"redo": self.redo, "fresh": self.fresh} if self.command == "retry" else {}


@dataclass(frozen=True, slots=True)
class Ordered:
    event: RunCommanded
    total: int | None


async def known_run(
    views: Database, kind: Kind, tenant: str, run_id: str, revision: int | None = None
) -> Run:
    found = await runs.find(views, tenant, run_id, revision)
    if found is not None and found.kind not in (kind.name, None):
        raise Problem(
            404,
            "unknown_run",
            f"{run_id} is no run of {kind.name}: look at /api/{found.kind}/{run_id}/status",
        )
    if found is None or found.kind is None:
        raise not_found(run_id if revision is None else f"{run_id} with revision {revision}", kind.name)
    return found


async def ended_run(
    views: Database, kind: Kind, tenant: str, run_id: str, revision: int | None = None
) -> Run:
    run = await known_run(views, kind, tenant, run_id, revision)
    if not run.over:
        path = f"/api/{kind.name}/{run_id}"
        words = f"{run_id} is not over: GET {path}/status tells how far it is, {path}/events follows it"
        raise Problem(409, "not_over", words)
    return run


def asked_by(caller: Caller) -> str:
    """As events say it, which others send too."""
    return f"api: {caller.name}"[:LONGEST_BY]


async def order_of(views: Database, kind: Kind, caller: Caller, run_id: str, order: Order) -> Ordered:
    run = await known_run(views, kind, caller.tenant, run_id)
    state = await runs.state_of(views, caller.tenant, run, kind.stages)
    reason = refusal(run, state, order, f"/api/{kind.name}/{run_id}")
    if reason is not None:
        raise Problem(409, "not_now", reason)
    event = RunCommanded(
        tenant=caller.tenant,
        run_id=run_id,
        revision=run.revision + 1 if order.command == "retry" else run.revision,
        command=order.command,
        redo=order.redo,
        fresh=order.fresh,
        by=asked_by(caller),
    )
    return Ordered(event, run.total)


def refusal(run: Run, state: str, order: Order, path: str) -> str | None:
    """Why it cannot be done now, and what to do instead; None: it can."""
    if order.command == "cancel":
        return _no_cancel(run, state, path)
    if not run.over:
        return f"{run.run_id} is not over: let it end (GET {path}/status) or cancel it first"
    if run.status == "refused":
        return f"{run.run_id} was refused: a retry would be refused again; start a new run"
    return None


def _no_cancel(run: Run, state: str, path: str) -> str | None:
    if run.over:
        return f"{run.run_id} is over ({run.status}): POST {path}/retry does again what failed"
    if state == "cancelling":
        return f"{run.run_id} is being cancelled already: GET {path}/status tells when it is over"
    return None
