"""Checks of what became of the items: in clusters, in packages, in states."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from cli.domain.evidence import Evidence, PackageRow
from cli.domain.states import States, states_of_tables
from contracts.packages import Packaging
from contracts.runs import Counts

SHOWN = 5


def every_cluster_has_its_rows(run: Evidence) -> Iterator[str]:
    """Each cluster of the manifest, its members frozen items, and each frozen item in a cluster or named."""
    if run.clustering is None:
        return
    for cluster_id in sorted(run.current_clusters - run.clusters.keys()):
        yield f"cluster {cluster_id} is in the manifest and in no table"
    for cluster in run.clusters.values():
        if cluster.cluster_id in run.current_clusters:
            yield from _members(run, cluster.cluster_id)
        elif cluster.revision == run.revision:
            yield f"cluster {cluster.cluster_id} is in the tables and not in the manifest"
    yield from _in_clusters_once(run)


def every_package_lies_within_its_cluster(run: Evidence) -> Iterator[str]:
    for cluster_id, package in _current(run):
        members = frozenset(package.deal_ids)
        cluster = run.clusters.get(cluster_id)
        if cluster is None:
            yield f"package {package.package_id}: its cluster {cluster_id} is in no table"
        elif members - cluster.item_ids:
            foreign = _some(members - cluster.item_ids)
            yield f"package {package.package_id} holds what its cluster does not: {foreign}"
        if members != package.member_rows:
            differing = _some(members ^ package.member_rows)
            yield f"package {package.package_id}: its deal_ids and its rows differ: {differing}"
        if len(members) != len(package.deal_ids):
            yield f"package {package.package_id} names a deal twice"


def each_cluster_is_its_packages_and_its_excluded(run: Evidence) -> Iterator[str]:
    if run.packaging is None:
        return
    yield from _named_once(run.packaging)
    failed = {str(cluster.cluster_id) for cluster in run.packaging.failed_clusters}
    placed, excluded = _placed_by_cluster(run), _excluded_by_cluster(run)
    for cluster_id in sorted(run.current_clusters - failed):
        cluster = run.clusters.get(cluster_id)
        members = cluster.item_ids if cluster else frozenset()
        inside, outside = placed[cluster_id], excluded[cluster_id]
        lost = members - inside - outside
        if lost:
            yield f"cluster {cluster_id}: {len(lost)} deals are in no package and not excluded: {_some(lost)}"
        if inside & outside:
            yield f"cluster {cluster_id}: placed and excluded: {_some(inside & outside)}"
        if outside - members:
            yield f"cluster {cluster_id} excludes what it does not hold: {_some(outside - members)}"


def failed_clusters_are_named(run: Evidence) -> Iterator[str]:
    """A cluster has packages, or it is in the manifest as failed, with all of its deals."""
    if run.packaging is None:
        return
    packaged = {str(package.cluster_id) for package in run.packaging.packages}
    failed = {str(cluster.cluster_id): cluster for cluster in run.packaging.failed_clusters}
    for cluster_id in sorted(run.current_clusters - packaged - failed.keys()):
        yield f"cluster {cluster_id} has no package, and no manifest says that it failed"
    for cluster_id in sorted((packaged | failed.keys()) - run.current_clusters):
        yield f"cluster {cluster_id} is in the manifest of packages and not in that of clusters"
    for cluster_id, cluster in failed.items():
        rows = run.clusters.get(cluster_id)
        if rows is not None and frozenset(cluster.deal_ids) != rows.item_ids:
            differing = _some(frozenset(cluster.deal_ids) ^ rows.item_ids)
            yield f"failed cluster {cluster_id}: the manifest and the rows name different deals: {differing}"


def every_package_was_enriched_skipped_or_failed(run: Evidence) -> Iterator[str]:
    if run.packaging is None:
        return
    failed = {str(one.package_id) for one in run.outcome.failed_packages} if run.outcome else set()
    for package_id, revision in sorted(run.current_packages - run.packages.keys()):
        yield f"package {package_id} (revision {revision}) is in the manifest and in no table"
    for package in run.packages.values():
        if package.made in run.current_packages:
            yield from _enrichment(run, package, failed)
        elif package.revision == run.revision:
            yield f"package {package.package_id} is in the tables and not in the manifest"
    proposed = {package.package_id for package in run.packages.values()}
    for package_id in sorted(run.enriched.keys() - proposed):
        yield f"enriched package {package_id} was never proposed"


def each_item_is_in_one_state_and_the_outcome_agrees(run: Evidence) -> Iterator[str]:
    if run.outcome is None or run.snapshot is None or run.clustering is None or run.packaging is None:
        return
    told = States(
        placed=frozenset(run.outcome.placed),
        failed=frozenset(one.item_id for one in run.outcome.failed),
        excluded=frozenset(one.item_id for one in run.outcome.excluded),
    )
    yield from _once(run)
    found = states_of_tables(run)
    asked = run.items | {one.item_id for one in (*run.snapshot.failed, *run.snapshot.excluded)}
    if asked - told.all:
        yield f"{len(asked - told.all)} items have no state in the outcome: {_some(asked - told.all)}"
    if told.all - asked:
        yield f"the outcome names items that nobody asked for: {_some(told.all - asked)}"
    for name in ("placed", "failed", "excluded"):
        ours, theirs = getattr(found, name), getattr(told, name)
        if ours - theirs:
            yield f"{name} by the tables and not by the outcome: {_some(ours - theirs)}"
        if theirs - ours:
            yield f"{name} by the outcome and not by the tables: {_some(theirs - ours)}"


def the_counts_are_those_of_the_tables(run: Evidence) -> Iterator[str]:
    if run.outcome is None or run.outcome_row is None or run.packaging is None:
        return
    kinds = Counter(package.kind for package in run.packaging.packages)
    counted = Counts(
        placed=len(run.outcome.placed),
        failed=len(run.outcome.failed),
        excluded=len(run.outcome.excluded),
        clusters=len(run.current_clusters),
        failed_clusters=len(run.packaging.failed_clusters),
        packages=kinds["package"],
        excluded_packages=kinds["excluded"],
        failed_packages=len(run.outcome.failed_packages),
    )
    yield from _differences("the enricher's table", counted, run.outcome_row.counts)
    if run.ledger is not None:
        yield from _differences("the ledger", counted, run.ledger.counts)


def _members(run: Evidence, cluster_id: str) -> Iterator[str]:
    cluster = run.clusters[cluster_id]
    if cluster.deals != len(cluster.item_ids):
        yield f"cluster {cluster_id} says {cluster.deals} deals and has {len(cluster.item_ids)} rows"
    if run.shards and cluster.item_ids - run.items:
        yield f"cluster {cluster_id} holds what was not frozen: {_some(cluster.item_ids - run.items)}"


def _in_clusters_once(run: Evidence) -> Iterator[str]:
    if run.clustering is None or run.snapshot is None:
        return
    clustered: set[str] = set()
    for cluster_id in run.current_clusters & run.clusters.keys():
        clustered |= run.clusters[cluster_id].item_ids
    named = {one.item_id for one in (*run.clustering.failed, *run.clustering.excluded)}
    lost = run.items - clustered - named
    if lost:
        yield f"{len(lost)} frozen items are in no cluster, and no manifest names them: {_some(lost)}"


def _enrichment(run: Evidence, package: PackageRow, failed: set[str]) -> Iterator[str]:
    enriched, named = run.enriched.get(package.package_id), package.package_id in failed
    if package.kind == "excluded":
        if enriched is not None:
            yield f"package {package.package_id} lists excluded deals and was enriched all the same"
        return
    if enriched is None and not named:
        yield f"package {package.package_id} was neither enriched nor named as failed"
    if enriched is not None and named:
        yield f"package {package.package_id} was enriched and is named as failed"
    if enriched is not None and enriched.deal_ids != package.deal_ids:
        yield f"package {package.package_id}: proposed and enriched deal_ids differ"


def _once(run: Evidence) -> Iterator[str]:
    if run.outcome is None:
        return
    listed = (
        *run.outcome.placed,
        *(one.item_id for one in run.outcome.failed),
        *(one.item_id for one in run.outcome.excluded),
    )
    twice = [item for item, times in Counter(listed).items() if times > 1]
    if twice:
        yield f"more than one state: {_some(twice)}"


def _differences(who: str, counted: Counts, told: Counts) -> Iterator[str]:
    for name in Counts.model_fields:
        ours, theirs = getattr(counted, name), getattr(told, name)
        if ours != theirs:
            yield f"{who} counts {theirs} {name.replace('_', ' ')}; there are {ours}"


def _named_once(packaging: Packaging) -> Iterator[str]:
    times = Counter(entry.package_id for entry in packaging.packages)
    for package_id in sorted(str(package_id) for package_id, found in times.items() if found > 1):
        yield f"package {package_id} is in the manifest more than once"


def _current(run: Evidence) -> Iterator[tuple[str, PackageRow]]:
    """The packages of the manifest, each with its cluster: an earlier revision may have had it in another."""
    for entry in run.packaging.packages if run.packaging else ():
        package = run.packages.get((str(entry.package_id), entry.revision))
        if package is not None:
            yield str(entry.cluster_id), package


def _placed_by_cluster(run: Evidence) -> defaultdict[str, frozenset[str]]:
    placed: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for cluster_id, package in _current(run):
        if package.kind == "package":
            placed[cluster_id] |= package.member_rows
    return placed


def _excluded_by_cluster(run: Evidence) -> defaultdict[str, frozenset[str]]:
    excluded: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for row in run.excluded:
        if (row.package_id, row.revision) in run.current_packages:
            excluded[row.cluster_id] |= {row.item_id}
    return excluded


def _some(items: Iterable[str]) -> str:
    ordered = sorted(items)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
