"""What the input of a run is, and what a new revision does again."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from contracts import Entity, InvalidEvent, Reference, loads
from contracts.bundles import BundlesRequested
from contracts.bundling import BundlesBrief
from contracts.deals import ItemKind, PackagesRequested, Snapshot, SnapshotShard
from contracts.products import SegmentationRequested
from contracts.ranking import RankingBrief
from contracts.ranking_data import RankingDataRequested
from contracts.runs import RunKind
from contracts.segmentation import SegmentationBrief
from contracts.settings import LlmSettings, PackageSettings, Redo
from contracts.states import DEALS, Naming
from contracts.unplaced import Unplaced

MAX_WORDS_IDS = 3
REDOS: tuple[Redo, ...] = ("nothing", "enrichment", "packaging")  # each brings the ones before it along

T = TypeVar("T")
Request = PackagesRequested | SegmentationRequested | BundlesRequested | RankingDataRequested
Brief = SegmentationBrief | BundlesBrief | RankingBrief  # what is to be made, if not packages


class Asked(Entity):
    """The items that a run asks for. Neither ids nor a list: every item of the kind that is offered."""

    deal_ids: tuple[str, ...] | None = None
    deal_list: Reference | None = None
    product_ids: tuple[str, ...] | None = None
    product_list: Reference | None = None
    packages_run: str | None = None
    packages_revision: int | None = None
    graph: Reference | None = None

    @property
    def ids(self) -> tuple[str, ...] | None:
        return self.product_ids if self.deal_ids is None else self.deal_ids

    @property
    def listed(self) -> Reference | None:
        return self.deal_list or self.product_list


def requested_ids(asked: Asked, listed: bytes | None, naming: Naming[ItemKind] = DEALS) -> list[str] | None:
    """The ids asked for, sorted, each once. None: every item of the kind that is offered."""
    if asked.ids is None and listed is None:
        return None
    ids = {*(asked.ids or ()), *(_listed_ids(listed, naming) if listed is not None else ())}
    wrong = sorted(item_id for item_id in ids if not naming.item_id.fullmatch(item_id))
    if wrong:
        shown = ", ".join(map(repr, wrong[:MAX_WORDS_IDS]))
        raise InvalidEvent(f"{naming.kind}_id", f"{len(wrong)} ids are not {naming.spelling}: {shown}")
    return sorted(ids)


def asked_of(request: Request) -> Asked:
    if isinstance(request, PackagesRequested):
        return Asked(deal_ids=request.deal_ids, deal_list=request.deal_list)
    if isinstance(request, RankingDataRequested):
        return Asked(
            packages_run=request.packages_run,
            packages_revision=request.packages_revision,
            graph=request.graph,
        )
    ids = request.product_ids
    named = None if ids is None else tuple(map(str, ids))
    return Asked(product_ids=named, product_list=request.product_list)


def brief_of(request: Request) -> Brief | None:
    """None: deals are to be packaged."""
    match request:
        case PackagesRequested():
            return None
        case SegmentationRequested():
            return SegmentationBrief(category=request.category, settings=request.settings)
        case BundlesRequested():
            return BundlesBrief(
                store=request.store,
                csv_upload_id=request.csv_upload_id,
                as_of=request.as_of,
                settings=request.settings,
            )
        case RankingDataRequested():
            return RankingBrief(
                packages_run=request.packages_run,
                packages_revision=request.packages_revision,
                existing=request.existing,
                settings=request.settings,
            )


def kind_of(request: Request) -> RunKind:
    return _kind(brief_of(request))


def is_own(key: str, tenant: str) -> bool:
    """Whether an object is the tenant's: a request may name no other's, by whatever way round."""
    first, *rest = key.split("/")
    return first == tenant and all(part and not part.startswith(".") for part in rest)


def _listed_ids(body: bytes, naming: Naming[ItemKind]) -> list[str]:
    """Products are numbers in some catalogs."""
    ids, fit = loads(body), (str,) if naming.kind == "deal" else (str, int)
    if not isinstance(ids, list) or not all(type(item_id) in fit for item_id in ids):
        raise InvalidEvent(f"{naming.kind}_list", "the list is not a JSON array of item ids")
    return [str(item_id) for item_id in ids]


def _kind(brief: Brief | None) -> RunKind:
    match brief:
        case None:
            return "packages"
        case SegmentationBrief():
            return "segmentation"
        case BundlesBrief():
            return "bundles"
        case RankingBrief():
            return "ranking_data"


def bodies_of(lines: bytes) -> dict[str, bytes]:
    """Products of an upload, by id: what the file of a shard holds."""
    return {str(loads(body)["product_id"]): body for body in lines.splitlines()}


@dataclass(frozen=True, slots=True)
class Shard:
    """Some deals of a run's input: their bodies lie in one file."""

    shard_id: str
    bodies: Reference
    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run works on: fixed, except for the vectors that are still to come."""

    request_sha256: str
    asked: Asked
    shards: tuple[Shard, ...]
    failed: tuple[Unplaced, ...]
    excluded: tuple[Unplaced, ...]
    settings: PackageSettings
    budget_usd: float | None
    model: str
    redo: Redo = "nothing"
    brief: Brief | None = None

    @property
    def kind(self) -> RunKind:
        return _kind(self.brief)

    @property
    def item_kind(self) -> ItemKind:
        if isinstance(self.brief, RankingBrief):
            return "deal" if self.brief.packages_run else "node"
        return "deal" if self.brief is None else "product"

    @property
    def segmentation(self) -> SegmentationBrief | None:
        return self.brief if isinstance(self.brief, SegmentationBrief) else None

    @property
    def bundles(self) -> BundlesBrief | None:
        return self.brief if isinstance(self.brief, BundlesBrief) else None

    @property
    def ranking(self) -> RankingBrief | None:
        return self.brief if isinstance(self.brief, RankingBrief) else None

    @property
    def embedding_model(self) -> str | None:
        """By the name that the run gives it."""
        return (self.brief.settings if self.brief else self.settings).embedding_model

    @property
    def shard_ids(self) -> list[str]:
        return [shard.shard_id for shard in self.shards]

    @property
    def item_ids(self) -> set[str]:
        return {item_id for shard in self.shards for item_id in shard.item_ids}

    def new_after(self, earlier: "Selection | None") -> tuple[Shard, ...]:
        """The shards that the earlier revision has not, or has under another model."""
        known = set(earlier.shard_ids) if earlier else set()
        return tuple(shard for shard in self.shards if shard.shard_id not in known)


@dataclass(frozen=True, slots=True)
class Freeze:
    """How far the input of one revision of a run is. Ended: it never gets one. No status: not over."""

    revision: int
    state: Literal["selected", "frozen", "ended"]
    request_sha256: str
    status: str | None = None
    kind: RunKind = "packages"


def revised_redo(asked: Redo, before: PackageSettings, now: PackageSettings) -> Redo:
    """What is done again: what was asked for, and whatever other settings would do otherwise."""
    needed: Redo = "nothing"
    if before.packing != now.packing:
        needed = "packaging"
    elif before.enrichment != now.enrichment:
        needed = "enrichment"
    return max(asked, needed, key=REDOS.index)


def with_new_answers(settings: PackageSettings, redo: Redo) -> PackageSettings:
    """The same settings, asking for the next sample of what is done again."""
    enrichment = settings.enrichment.model_copy(update={"llm": _next(settings.enrichment.llm)})
    if redo == "enrichment":
        return settings.model_copy(update={"enrichment": enrichment})
    packing = settings.packing.model_copy(update={"llm": _next(settings.packing.llm)})
    return settings.model_copy(update={"packing": packing, "enrichment": enrichment})


def _next(llm: LlmSettings) -> LlmSettings:
    return llm.model_copy(update={"fresh": llm.fresh + 1})


def shard_id(bodies_sha256: str, model: str) -> str:
    """The same deals under the same model are the same work, in whichever revision of a run."""
    return hashlib.sha256(f"{bodies_sha256} {model}".encode()).hexdigest()


def lines_of(bodies: Mapping[str, bytes], item_ids: Iterable[str]) -> bytes:
    """The file of a shard."""
    return b"".join(bodies[item_id] + b"\n" for item_id in item_ids)


def not_published(item_ids: Iterable[str], kind: ItemKind) -> tuple[Unplaced, ...]:
    words = f"nobody has published this {kind}"
    return tuple(Unplaced(item_id=item_id, code="not_published", words=words) for item_id in sorted(item_ids))


def withdrawn(item_ids: Iterable[str], kind: ItemKind) -> tuple[Unplaced, ...]:
    words = f"the {kind} was withdrawn"
    return tuple(Unplaced(item_id=item_id, code="withdrawn", words=words) for item_id in sorted(item_ids))


def snapshot(
    selection: Selection, vectors: Mapping[str, Reference], lost: Mapping[str, tuple[str, str]]
) -> Snapshot:
    """The frozen input. The deals of a lost shard have failed: by its id, code and words."""
    failed = [
        Unplaced(item_id=item_id, code=lost[shard.shard_id][0], words=lost[shard.shard_id][1])
        for shard in selection.shards
        if shard.shard_id in lost
        for item_id in shard.item_ids
    ]
    kept = [shard for shard in selection.shards if shard.shard_id not in lost]
    return Snapshot(
        items=sum(len(shard.item_ids) for shard in kept),
        shards=tuple(
            SnapshotShard(bodies=shard.bodies, vectors=vectors[shard.shard_id])
            for shard in sorted(kept, key=lambda shard: shard.item_ids)
        ),
        model=selection.model,
        failed=tuple(sorted((*selection.failed, *failed), key=lambda one: one.item_id)),
        excluded=tuple(sorted(selection.excluded, key=lambda one: one.item_id)),
    )


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
