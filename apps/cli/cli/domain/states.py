"""The state of every item as the tables alone tell it."""

from dataclasses import dataclass

from cli.domain.evidence import Evidence


@dataclass(frozen=True, slots=True)
class States:
    placed: frozenset[str]
    failed: frozenset[str]
    excluded: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.placed | self.failed | self.excluded


def states_of_tables(run: Evidence) -> States:
    """Placed in a package, else failed somewhere on the way, else excluded: the first that applies."""
    placed = _placed(run)
    failed = _failed(run) - placed
    excluded = _excluded(run) - placed - failed
    return States(placed, failed, excluded)


def _placed(run: Evidence) -> frozenset[str]:
    """In a package that buyers can see: one that was enriched."""
    return _members(run, enriched=True)


def _failed(run: Evidence) -> frozenset[str]:
    found = set(_members(run, enriched=False))
    if run.snapshot:
        found |= {one.item_id for one in run.snapshot.failed}
    if run.clustering:
        found |= {one.item_id for one in run.clustering.failed}
    if run.packaging:
        for cluster in run.packaging.failed_clusters:
            rows = run.clusters.get(str(cluster.cluster_id))
            found |= rows.item_ids if rows else set(cluster.deal_ids)
    return frozenset(found)


def _excluded(run: Evidence) -> frozenset[str]:
    current = run.current_packages
    found = {row.item_id for row in run.excluded if (row.package_id, row.revision) in current}
    if run.snapshot:
        found |= {one.item_id for one in run.snapshot.excluded}
    if run.clustering:
        found |= {one.item_id for one in run.clustering.excluded}
    return frozenset(found)


def _members(run: Evidence, *, enriched: bool) -> frozenset[str]:
    found: set[str] = set()
    for package in run.packages.values():
        if package.made in run.current_packages and (package.package_id in run.enriched) == enriched:
            found |= package.member_rows
    return frozenset(found)
