"""What a run asks for: selected as it now is, in its first revision and in every later one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts import Event, InvalidEvent, Unavailable, WorkFailed
from contracts.bundles import BundlesRequested
from contracts.deals import PackagesRequested
from contracts.settings import PackageSettings
from embedder.domain import Selection, asked_of, brief_of, kind_of, not_published, revised_redo, withdrawn
from embedder.domain.inputs import Request as Requested
from embedder.handler.embedding import Models, wanted
from embedder.handler.following import Followings, watches
from embedder.handler.revisions import (
    Chosen,
    Ended,
    Freezes,
    choose,
    digest,
    earlier_of,
    end,
    refused_request,
)
from embedder.handler.selecting import Selecting
from embedder.handler.uploading import Uploads, among_uploaded
from runtime import Failure, RunKey, Transaction
from runtime.work import run_of

LOOK_AGAIN_SECONDS = 1.0
MAX_WORDS_IDS = 20


@dataclass(frozen=True, slots=True)
class Request:
    """Selects what a run asks for. A later revision follows upon the one before it, once that is over."""

    freezes: Freezes
    followings: Followings
    selecting: Selecting
    models: Models
    uploads: Uploads | None = None  # None: what is asked for never comes in one

    async def decide(self, request: Requested) -> Chosen | Ended | None:
        """None: this very request was answered already."""
        found = await self.freezes.find(run_of(request))
        if found is not None:
            if found.request_sha256 != digest(request):
                raise InvalidEvent(
                    "run_exists", f"{request.run_id} is another request; give each run its own id"
                )
            return None
        earlier = await self._earlier(request)
        encoding = await wanted(self.models, request.settings.embedding_model)
        await self.freezes.waited_seconds(run_of(request))  # its time begins, whether it waits or not
        selecting = await self._selecting(request)
        ids = await selecting.asked_ids(request.tenant, asked_of(request))
        unknown = await self._unknown(request, ids, selecting)
        if unknown and not isinstance(request, PackagesRequested):
            return await self._refused(request, sorted(unknown))
        selection = await self._selection(request, ids, unknown, selecting, encoding.model)
        if earlier is None:
            return Chosen(selection, selection.shards, ids)
        return _upon(earlier, selection, ids)

    async def give_up(self, request: Requested, failure: Failure) -> Ended:
        return refused_request(request, failure)

    async def record(
        self, tx: Transaction, request: Requested, decision: Chosen | Ended | None
    ) -> Sequence[Event]:
        if isinstance(decision, Ended):
            return await end(self.freezes, tx, decision)
        tasks = await choose(self.freezes, tx, decision) if decision else None
        if decision is None or tasks is None:
            return []
        if not isinstance(request, PackagesRequested):
            return tasks
        if request.follow is None:
            await self.followings.ask(tx, decision.ids)
            return tasks
        number = await self.followings.start(tx, request.follow, decision.ids)
        return [*tasks, *watches(tx.run, number)]

    async def _refused(self, request: Requested, unknown: list[str]) -> Ended:
        """A run that names what nobody knows is refused before it costs anything, with the list."""
        shown = ", ".join(unknown[:MAX_WORDS_IDS])
        more = f" and {len(unknown) - MAX_WORDS_IDS} more" if len(unknown) > MAX_WORDS_IDS else ""
        return Ended(
            "refused",
            digest(request),
            f"unknown_products: nobody has published {len(unknown)} of the products: {shown}{more};"
            " publish them first, or ask without them",
            kind_of(request),
            await self.selecting.keep_list(request.tenant, unknown),
        )

    async def _earlier(self, request: Requested) -> Selection | None:
        """What the revision before had; None: this is the first."""
        if request.revision == 1:
            return None
        before = await earlier_of(self.freezes, run_of(request))
        if before.kind != kind_of(request):
            raise InvalidEvent(
                "run_exists", f"{request.run_id} is a run of kind {before.kind}; give it its own id"
            )
        if before.status is None:
            raise Unavailable(f"revision {before.revision} is not over yet", LOOK_AGAIN_SECONDS)
        return await self.freezes.selection(RunKey(request.tenant, request.run_id, before.revision))

    async def _selection(
        self,
        request: Requested,
        ids: Sequence[str] | None,
        unknown: set[str],
        selecting: Selecting,
        model: str,
    ) -> Selection:
        kind = selecting.naming.kind
        offered = await selecting.catalog.offered(request.tenant) if ids is None else ids
        there = [item_id for item_id in offered if item_id not in unknown]
        shards, gone = await selecting.shards(request.tenant, there, model)
        return Selection(
            request_sha256=digest(request),
            asked=asked_of(request),
            shards=tuple(shards),
            failed=not_published(unknown, kind),
            excluded=withdrawn(gone, kind),
            settings=request.settings if isinstance(request, PackagesRequested) else PackageSettings(),
            budget_usd=request.budget_usd,
            model=model,
            redo=request.redo if isinstance(request, PackagesRequested) else "nothing",
            brief=brief_of(request),
        )

    async def _selecting(self, request: Requested) -> Selecting:
        """Among what was published, or among what was uploaded."""
        if self.uploads is None or not isinstance(request, BundlesRequested) or not request.csv_upload_id:
            return self.selecting
        found = await self.uploads.find(request.tenant, request.csv_upload_id)
        if found is None:
            await self._wait(request, f"the upload {request.csv_upload_id}")
            words = f"nobody has uploaded {request.csv_upload_id}; upload it first"
            raise WorkFailed("unknown_upload", words)
        return await among_uploaded(self.selecting, found)

    async def _unknown(
        self, request: Requested, asked: Sequence[str] | None, selecting: Selecting
    ) -> set[str]:
        """Asked for and, after waiting long enough, still not there."""
        if not asked:
            return set()
        unknown = set(asked) - await selecting.catalog.known(request.tenant, asked)
        if unknown:
            await self._wait(request, f"{len(unknown)} {selecting.naming.kind}s")
        return unknown

    async def _wait(self, request: Requested, what: str) -> None:
        left_seconds = request.wait_seconds - await self.freezes.waited_seconds(run_of(request))
        if left_seconds > 0:
            raise Unavailable(f"waiting for {what}", min(left_seconds, LOOK_AGAIN_SECONDS))


def _upon(earlier: Selection, selection: Selection, ids: list[str] | None) -> Chosen:
    redo = revised_redo(selection.redo, earlier.settings, selection.settings)
    revised = replace(selection, redo=redo)
    return Chosen(revised, revised.new_after(earlier), ids)
