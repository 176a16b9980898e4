"""A run that follows the feed: its changes are counted as they come, and a task watches until it is time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts import Event, Unavailable
from contracts.deals import Following, PackagesRequested
from contracts.runs import RunFinished
from embedder.domain import Followed, seconds_until_due, waits_for
from embedder.handler.revisions import Freezes, digest
from embedder.handler.selecting import Selecting
from embedder.handler.tasks import WatchRun
from runtime import Failure, RunKey, Transaction
from runtime.logs import logger

log = logger(__name__)


class Followings(Protocol):
    """Runs that follow the feed. Each has one watch at a time, known by its number, while it has changes."""

    async def start(self, tx: Transaction, following: Following, ids: Sequence[str] | None) -> int:
        """Follow from this revision on (ids None: every deal). A first look tells what came meanwhile."""
        ...

    async def ask(self, tx: Transaction, ids: Sequence[str] | None) -> None:
        """From now on these deals count, if the run follows at all."""
        ...

    async def stop(self, tx: Transaction) -> bool:
        """Whether the run followed."""
        ...

    async def count(self, tx: Transaction, tenant: str, item_ids: Sequence[str]) -> list[tuple[str, int]]:
        """Add these changes to the runs that they concern; returns those runs and their watches."""
        ...

    async def finished(self, tx: Transaction) -> int | None:
        """Look anew where the revision is not what following asked for: the number of the watch."""
        ...

    async def find(self, tenant: str, run_id: str, watch: int) -> Followed | None:
        """None: the run does not follow any more, or has another watch by now."""
        ...

    async def settle(
        self, tx: Transaction, run_id: str, watch: int, seen: int, asked: tuple[int, str] | None
    ) -> int | None:
        """So many changes are dealt with, by the revision asked for or because they were none.

        Returns the number of the next watch where more have come meanwhile.
        """
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What the watch saw: how many changes, and what is asked for because of them."""

    changes: int
    request: PackagesRequested | None


@dataclass(frozen=True, slots=True)
class Watching:
    """Waits until a run is due, and asks for its next revision if its deals are others by then."""

    freezes: Freezes
    followings: Followings
    selecting: Selecting

    async def decide(self, watch: WatchRun) -> Looked | None:
        run = await self.followings.find(watch.tenant, watch.followed, watch.number)
        if run is None:
            return None
        seconds = seconds_until_due(run)
        if seconds > 0:
            raise Unavailable(waits_for(run), seconds)
        return Looked(run.changes, await self._request(watch, run))

    async def record(self, tx: Transaction, watch: WatchRun, decision: Looked | None) -> Sequence[Event]:
        if decision is None:
            return []
        request = decision.request
        asked = (request.revision, digest(request)) if request else None
        number = await self.followings.settle(tx, watch.followed, watch.number, decision.changes, asked)
        followed = RunKey(watch.tenant, watch.followed, 0)
        return [*([request] if request else []), *watches(followed, number)]

    async def _request(self, watch: WatchRun, run: Followed) -> PackagesRequested | None:
        """The next revision, as the last one was asked for; None: its deals are what they were."""
        following = RunKey(watch.tenant, watch.followed, run.next_revision)
        before = await self.freezes.before(following)
        if before is None:
            return None
        selection = await self.freezes.selection(RunKey(watch.tenant, watch.followed, before.revision))
        if not await self.selecting.differs(watch.tenant, selection):
            return None
        return PackagesRequested(
            tenant=watch.tenant,
            run_id=watch.followed,
            revision=run.next_revision,
            deal_ids=selection.asked.deal_ids,
            deal_list=selection.asked.deal_list,
            settings=selection.settings,
            budget_usd=selection.budget_usd,
            wait_seconds=0,
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """Notes that a revision is over. A run that was cancelled or refused follows no longer."""

    freezes: Freezes
    followings: Followings

    async def decide(self, finished: RunFinished) -> None:
        return

    async def give_up(self, finished: RunFinished, failure: Failure) -> None:
        """The news of a cancelled revision's end comes here, and counts all the same."""

    async def record(self, tx: Transaction, finished: RunFinished, decision: None) -> Sequence[Event]:
        await self.freezes.finish(tx, finished.status)
        if finished.status not in ("cancelled", "refused"):
            return watches(tx.run, await self.followings.finished(tx))
        if await self.followings.stop(tx):
            log.warning(
                "The run follows no longer",
                action="following_ended",
                run=tx.run.run_id,
                status=finished.status,
            )
        return []


def watches(run: RunKey, number: int | None) -> list[WatchRun]:
    return [] if number is None else [WatchRun(tenant=run.tenant, followed=run.run_id, number=number)]
