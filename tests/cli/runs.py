"""A small run without fault, as the evidence of a proof: tests change one thing in it."""

from datetime import UTC, datetime
from uuid import UUID

from cli.domain.evidence import (
    ClusterRows,
    EnrichedRow,
    Evidence,
    ExcludedRow,
    Interaction,
    LedgerRow,
    Named,
    OutcomeRow,
    PackageRow,
    SeenEvent,
    StoredFile,
)
from contracts import Reference
from contracts.clusters import ClusterEntry, Clustering
from contracts.deals import Snapshot, SnapshotShard
from contracts.packages import Outcome, PackageEntry, Packaging
from contracts.runs import Cost, Counts
from contracts.unplaced import Unplaced

RUN_ID = "RUN_20261121T031500Z_0123abcd"
CLUSTER = UUID("11111111-1111-5111-8111-111111111111")
PACKAGE = UUID("22222222-2222-5222-8222-222222222222")
EXCLUDED = UUID("33333333-3333-5333-8333-333333333333")
ITEMS = tuple(f"bidswitch.com/{number}" for number in range(1, 7))
PLACED, LEFT_OUT, TOO_FEW = ITEMS[:3], ITEMS[3], ITEMS[4:]
GONE = "bidswitch.com/99"
AT = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
FILE = f"llm_logs/{RUN_ID}/package_proposal/20261121T031500Z_c11111111_a1_f4c2.json"
ANSWER = "answers/main/abc/0.json"
COUNTS = Counts(placed=3, excluded=3, failed=1, clusters=1, packages=1, excluded_packages=1)


def reference(name: str, count: int) -> Reference:
    return Reference(key=f"main/{name}", sha256="0" * 64, bytes=1, count=count)


def named(name: str) -> Named:
    return Named(f"main/{name}", "0" * 64)


SNAPSHOT = Snapshot(
    items=6,
    shards=(SnapshotShard(bodies=reference("bodies", 6), vectors=reference("vectors", 6)),),
    model="test",
    failed=(Unplaced(item_id=GONE, code="not_published"),),
)
CLUSTERING = Clustering(
    snapshot=reference("snapshot", 6),
    clusters=(ClusterEntry(cluster_id=CLUSTER, revision=1),),
    excluded=tuple(Unplaced(item_id=item, code="too_few") for item in TOO_FEW),
)
PACKAGING = Packaging(
    clustering=reference("clustering", 1),
    packages=(
        PackageEntry(package_id=PACKAGE, cluster_id=CLUSTER, kind="package", revision=1),
        PackageEntry(package_id=EXCLUDED, cluster_id=CLUSTER, kind="excluded", revision=1),
    ),
)
OUTCOME = Outcome(
    packaging=reference("packaging", 2),
    placed=PLACED,
    failed=(Unplaced(item_id=GONE, code="not_published"),),
    excluded=(
        Unplaced(item_id=LEFT_OUT, code="safety_mismatch"),
        *(Unplaced(item_id=item, code="too_few") for item in TOO_FEW),
    ),
)


def sound_run() -> Evidence:
    """A cluster of four: three in a package, one excluded. Two too few for a cluster, one not there."""
    cluster, package, excluded = str(CLUSTER), str(PACKAGE), str(EXCLUDED)
    return Evidence(
        tenant="main",
        run_id=RUN_ID,
        revision=1,
        ledger=LedgerRow("completed_with_failures", COUNTS, ""),
        outcome_row=OutcomeRow(
            "completed_with_failures", COUNTS, Cost(usd=0.25, calls=1), named("outcome"), AT
        ),
        snapshot_row=named("snapshot"),
        clustering_row=named("clustering"),
        packaging_row=named("packaging"),
        snapshot=SNAPSHOT,
        clustering=CLUSTERING,
        packaging=PACKAGING,
        outcome=OUTCOME,
        shards=(ITEMS,),
        clusters={cluster: ClusterRows(cluster, 1, 4, frozenset((*PLACED, LEFT_OUT)))},
        packages={
            (package, 1): PackageRow(package, cluster, 1, "package", PLACED, frozenset(PLACED)),
            (excluded, 1): PackageRow(excluded, cluster, 1, "excluded", (), frozenset()),
        },
        enriched={package: EnrichedRow(package, cluster, PLACED)},
        excluded=(ExcludedRow(cluster, excluded, 1, LEFT_OUT, "safety_mismatch"),),
        interactions=(Interaction(FILE, "f" * 64, 10, ANSWER, 0.25, cached=False, at=AT),),
        files={FILE: StoredFile("f" * 64, 10)},
        answers=frozenset({ANSWER}),
        spent_usd=0.25,
        limit_usd=1.0,
        unsent={"packager": 0},
        events=(SeenEvent("e", "run.finished.v1", RUN_ID, 0),),
    )
