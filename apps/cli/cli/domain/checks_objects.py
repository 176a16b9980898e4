"""Checks of what lies in the object store."""

from collections import Counter
from collections.abc import Iterator

from cli.domain.evidence import Evidence, RunEvidence


def every_object_is_there_and_intact(run: Evidence) -> Iterator[str]:
    """Snapshot, shards, clusters and manifests, by sha256."""
    for broken in run.broken:
        yield f"{broken.what} {broken.key}: {broken.words}"
    for what, needed, there in _manifests(run):
        if needed and not there and not any(broken.what == what for broken in run.broken):
            yield f"the run is {run.status}, and no table names its {what}"


def the_snapshot_holds_each_item_once(run: RunEvidence) -> Iterator[str]:
    if run.snapshot is None:
        return
    for item, times in Counter(item for shard in run.shards for item in shard).items():
        if times > 1:
            yield f"{item} is {times} times in the snapshot"
    for number, (shard, ids) in enumerate(zip(run.snapshot.shards, run.shards, strict=False)):
        for what, reference in (("bodies", shard.bodies), ("vectors", shard.vectors)):
            if ids and reference.count != len(ids):
                yield f"shard {number} holds {len(ids)} items, and its {what} say {reference.count}"
    if not any(broken.what == "shard" for broken in run.broken) and len(run.items) != run.snapshot.items:
        yield f"the snapshot says {run.snapshot.items} items, and its shards hold {len(run.items)}"


def _manifests(run: Evidence) -> Iterator[tuple[str, bool, bool]]:
    """What a run that ended by itself must have; one that was refused or cancelled early may lack it."""
    ended = run.status in ("completed", "completed_with_failures", "failed")
    later = run.outcome_row is not None
    yield "snapshot", ended or later, run.snapshot is not None
    yield "clustering", ended or later, run.clustering is not None
    yield "packaging", ended or later, run.packaging is not None
    yield "outcome", ended or later, run.outcome is not None
