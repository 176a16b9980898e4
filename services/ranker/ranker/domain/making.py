"""From what was frozen to what is asked, and from answers to records: all that is heavy."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from contracts.deal import Deal
from contracts.deals import ItemKind
from contracts.ranking import MadeBy, RankingSettings
from contracts.ranking_data import FailedQueries, RankingOutcome
from contracts.reference import Reference
from contracts.unplaced import Unplaced
from ranker.domain.ground import Asked, Ground, ShownMember
from ranker.domain.records import QuerySet
from ranking.accounting import placed_and_left
from ranking.asking import PROMPT, prompt_key, shown
from ranking.assembling import Dataset, assemble
from ranking.candidate import Collection, MiniCluster, Vectors
from ranking.deals import Package, collection_of_packages
from ranking.drawing import drawn
from ranking.facts import Facts
from ranking.fallback import fallback_queries, stub_queries
from ranking.files import read_records
from ranking.graph.building import collection as collection_of_graph
from ranking.graph.reading import read_lines
from ranking.query import Query
from ranking.record import Record

SPARE: Final = 2  # more queries are asked for than wanted: some will not be kept
STUB_MODEL: Final = "stub"
RULES_VERSION: Final = 1  # of what is drawn, kept, guarded and split: other rules give other records


@dataclass(frozen=True, slots=True)
class Material:
    """The input of a run as it was read: bodies and vectors of each shard, and records there were before."""

    kind: ItemKind
    shards: tuple[tuple[bytes, bytes], ...]
    model: str  # that made the vectors
    ground: Ground
    existing: bytes = b"[]"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asked, as far as it is part of the question."""

    model: str
    version: int


def versions_of(settings: RankingSettings, asker: Asker) -> tuple[str, ...]:
    """Of all that records follow from besides input and settings."""
    model = STUB_MODEL if settings.dry_run else asker.model
    return (f"llm: {model}", f"prompt: {PROMPT}.v{asker.version}", f"rules: {RULES_VERSION}")


def asked_of(material: Material, settings: RankingSettings, asker: Asker) -> tuple[Asked, ...]:
    """The clusters that are drawn, each with its question; less those that were asked about before."""
    there = collection_of(material)
    before = read_records(material.existing, "existing")
    skip = _asked_before(there, before, settings, asker)
    chosen = drawn(there.clusters, settings.num_clusters, settings.seed, skip)
    facts = Facts.of(there, settings.queries)
    return tuple(_asked(there, facts, cluster, settings, asker) for cluster in chosen)


def made_of(
    material: Material,
    asked: Sequence[str],
    sets: Sequence[QuerySet],
    vectors: bytes,
    settings: RankingSettings,
    *,
    source: str,
    versions: tuple[str, ...],
) -> Dataset:
    there = collection_of(material)
    queries = queries_of(sets)
    rows = {text: row for row, text in enumerate(texts_of(sets))}
    matrix = np.load(io.BytesIO(vectors), allow_pickle=False) if queries else there.vectors[:0]
    return assemble(
        there,
        [there.by_id[cluster_id] for cluster_id in asked],
        queries,
        matrix[[rows[query.text] for query in queries]],
        settings,
        source=source,
        existing=read_records(material.existing, "existing"),
        versions=versions,
    )


def outcome_of(
    material: Material,
    dataset: Dataset,
    drawn_ids: Sequence[str],
    failed: Sequence[FailedQueries],
    *,
    snapshot: Reference,
    kept: tuple[Reference, Reference],
) -> RankingOutcome:
    there = collection_of(material)
    failed_ids = frozenset(one.cluster_id for one in failed)
    account = placed_and_left(there, dataset.records, frozenset(drawn_ids), failed_ids)
    return RankingOutcome(
        snapshot=snapshot,
        dataset=kept[0],
        report=kept[1],
        placed=account.placed,
        failed=account.failed,
        excluded=account.excluded,
        failed_clusters=tuple(failed),
    )


def collection_of(material: Material) -> Collection:
    vectors = _stacked([body for _, body in material.shards])
    if material.kind == "node":
        nodes = read_lines(b"".join(lines for lines, _ in material.shards))
        return collection_of_graph(nodes, vectors, material.model)
    ground = material.ground
    deals = [Deal.read(body) for lines, _ in material.shards for body in lines.splitlines()]
    return collection_of_packages(
        deals,
        [Package(one.package_id, one.cluster_id, one.name, one.deal_ids) for one in ground.packages],
        clusters={one.cluster_id: one.deal_ids for one in ground.clusters},
        homes={
            deal_id: one.cluster_id
            for one in ground.clusters
            for deal_id in sorted(set(one.deal_ids) - set(one.guests))
        },
        vectors=vectors,
        model=material.model,
    )


def queries_of(sets: Sequence[QuerySet]) -> list[Query]:
    return [Query(one.cluster_id, text, one.made_by, one.prompt) for one in sets for text in one.queries]


def texts_of(sets: Sequence[QuerySet]) -> list[str]:
    """What is embedded: every text once, sorted."""
    return sorted({text for one in sets for text in one.queries})


def excluded_all(item_ids: Sequence[str], code: str, words: str) -> tuple[Unplaced, ...]:
    return tuple(Unplaced(item_id=item_id, code=code, words=words) for item_id in sorted(item_ids))


def _asked_before(
    there: Collection, before: Sequence[Record], settings: RankingSettings, asker: Asker
) -> frozenset[str]:
    """Clusters of which the very same was asked for the records that are there."""
    pairs = {(record.cluster_id, record.prompt) for record in before}
    known = (there.by_id[cluster_id] for cluster_id, _ in pairs if cluster_id in there.by_id)
    return frozenset(
        cluster.cluster_id
        for cluster in known
        if (cluster.cluster_id, _key(there, cluster, settings, asker)) in pairs
    )


def _asked(
    there: Collection, facts: Facts, cluster: MiniCluster, settings: RankingSettings, asker: Asker
) -> Asked:
    members = sorted(cluster.members)
    spare, made_by = _spare(cluster, facts, settings)
    return Asked(
        cluster_id=cluster.cluster_id,
        prompt=_key(there, cluster, settings, asker),
        members=tuple(ShownMember(**asdict(member)) for member in shown(cluster, there)),
        title=cluster.name,
        names=tuple(dict.fromkeys(there.of(one).name for one in members)),
        wanted=settings.queries_per_cluster + SPARE,
        spare=spare,
        spare_made_by=made_by,
    )


def _spare(
    cluster: MiniCluster, facts: Facts, settings: RankingSettings
) -> tuple[tuple[str, ...], MadeBy | None]:
    count = settings.queries_per_cluster + SPARE
    if settings.dry_run:
        return stub_queries(cluster, facts, count), "stub"
    return (fallback_queries(cluster, facts, count), "fallback") if settings.fallback else ((), None)


def _key(there: Collection, cluster: MiniCluster, settings: RankingSettings, asker: Asker) -> str:
    model = STUB_MODEL if settings.dry_run else asker.model
    return prompt_key(
        PROMPT, asker.version, model, settings.queries_per_cluster + SPARE, shown(cluster, there)
    )


def _stacked(bodies: Sequence[bytes]) -> Vectors:
    matrices = list(_matrices(bodies))
    return np.concatenate(matrices) if matrices else np.empty((0, 1), np.float32)


def _matrices(bodies: Sequence[bytes]) -> Iterator[Vectors]:
    for body in bodies:
        yield np.load(io.BytesIO(body), allow_pickle=False)
