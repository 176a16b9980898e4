"""Checks of exported files and sheets against the tables: each finding says what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SHOWN = 3
AGAIN = "run `assort export` again: it writes what is missing"
ANEW = "remove the file and run `assort export` again: it is written anew"
OF_A_SHEET = "delete those rows and run `assort export` again"

PACKAGES = "packages"
ENRICHED = "packages_enriched"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the tables say that a kind of export holds: deal ids by package id."""

    name: str  # PACKAGES, ENRICHED or that of excluded packages
    deal_ids: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file or sheet as it was found. `broken`: why it cannot be read."""

    place: str
    name: str
    rows: Sequence[tuple[str, tuple[str, ...]]] = ()
    broken: str = ""
    is_sheet: bool = False

    @property
    def remedy(self) -> str:
        return OF_A_SHEET if self.is_sheet else ANEW


@dataclass(frozen=True, slots=True)
class Exports:
    """All that was exported of a revision, beside what the tables hold."""

    run_id: str
    wanted: Sequence[Wanted]
    found: Sequence[Exported]
    excluded: frozenset[str] = frozenset()  # package ids of excluded packages: nobody enriches them
    failed: frozenset[str] = frozenset()  # package ids whose enrichment failed

    def ids(self, name: str) -> frozenset[str]:
        return frozenset(one for wanted in self.wanted if wanted.name == name for one in wanted.deal_ids)


def there_are_exports(exports: Exports) -> Iterator[str]:
    if not exports.found:
        yield f"no file of {exports.run_id} is there: `assort export {exports.run_id}` writes them"


def every_export_can_be_read(exports: Exports) -> Iterator[str]:
    yield from (f"{one.place}: {one.broken}; {one.remedy}" for one in exports.found if one.broken)


def every_package_is_in_every_export_once(exports: Exports) -> Iterator[str]:
    for wanted, file in _pairs(exports):
        times = Counter(package_id for package_id, _ in file.rows)
        missing, extra = wanted.deal_ids.keys() - times.keys(), times.keys() - wanted.deal_ids.keys()
        twice = [package_id for package_id, count in times.items() if count > 1]
        if missing:
            yield f"{file.place} lacks {len(missing)} of {len(wanted.deal_ids)}: {_some(missing)}; {AGAIN}"
        if extra:
            yield f"{file.place} has {len(extra)} that the run has not: {_some(extra)}; {file.remedy}"
        if twice:
            yield f"{file.place} has {len(twice)} more than once: {_some(twice)}; {file.remedy}"


def every_row_names_its_deals(exports: Exports) -> Iterator[str]:
    for wanted, file in _pairs(exports):
        rows = [row for row in file.rows if row[0] in wanted.deal_ids]
        wrong = [package_id for package_id, deals in rows if tuple(deals) != wanted.deal_ids[package_id]]
        if wrong:
            told = f"{len(wrong)} rows have other deal_ids than the tables: {_some(wrong)}"
            yield f"{file.place}: {told}; {file.remedy}"


def what_was_proposed_was_enriched(exports: Exports) -> Iterator[str]:
    """The two stages by id, never by name: two packages may have one name."""
    proposed, enriched = exports.ids(PACKAGES), exports.ids(ENRICHED)
    lost = proposed - enriched - exports.excluded - exports.failed
    if lost:
        yield (
            f"{len(lost)} packages were proposed and not enriched: {_some(lost)};"
            f" `assort enrich {exports.run_id}` does what is missing"
        )
    failed = exports.failed & proposed
    if failed:
        yield (
            f"the enrichment of {len(failed)} packages failed: {_some(failed)};"
            f" `assort enrich {exports.run_id}` does them again"
        )
    foreign = enriched - proposed
    if foreign:
        yield f"{len(foreign)} packages were enriched and never proposed: {_some(foreign)}"


CHECKS = (
    there_are_exports,
    every_export_can_be_read,
    every_package_is_in_every_export_once,
    every_row_names_its_deals,
    what_was_proposed_was_enriched,
)


def counted(exports: Exports) -> list[str]:
    """Counts of the two stages, with the difference that is as it should be."""
    proposed, enriched = exports.ids(PACKAGES), exports.ids(ENRICHED)
    excluded = exports.excluded & proposed
    told = (
        f"{len(proposed)} packages were proposed: {len(enriched & proposed)} enriched,"
        f" {len(excluded)} lists of excluded deals (expected: there is nothing to enrich)"
    )
    return [told, *(f"{one.place}: {len(one.rows)} rows" for one in exports.found if not one.broken)]


def _pairs(exports: Exports) -> Iterator[tuple[Wanted, Exported]]:
    for wanted in exports.wanted:
        for file in exports.found:
            if file.name == wanted.name and not file.broken:
                yield wanted, file


def _some(ids: Iterable[str]) -> str:
    ordered = sorted(ids)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
