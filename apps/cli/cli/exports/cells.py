"""Lines as rows of cells, for CSV, XLSX and Google Sheets.

A text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay numbers.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cli.exports.lines import Described, EnrichedLine, ExcludedLine, PackageLine
from contracts.packages import FloorRange, Share

Cell = str | int | float | bool | None

MAX_CELL = 32_000  # XLSX takes 32,767 signs, Google Sheets 50,000
CUT = " ... (cut: the JSON export has all of it)"
FORMULA = re.compile("'*[=+\\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    value: Callable[[Any], Cell]


def neutral(text: str) -> str:
    """An apostrophe that is there already gets another one: `told` takes off what this put on."""
    return f"'{text}" if FORMULA.match(text) else text


def told(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def row(columns: Sequence[Column], line: Any) -> list[Cell]:
    values = [column.value(line) for column in columns]
    return [neutral(value) if isinstance(value, str) else value for value in values]


def short(cell: Cell) -> Cell:
    """As much as a spreadsheet takes."""
    return cell[:MAX_CELL] + CUT if isinstance(cell, str) and len(cell) > MAX_CELL else cell


def listed(values: Sequence[object]) -> str:
    """Ids hold any sign, so a list of them is JSON and not joined by commas."""
    return json.dumps(list(values), ensure_ascii=False)


def _same(name: str) -> Column:
    return Column(name, lambda line: getattr(line, name))


def _list(name: str) -> Column:
    return Column(name, lambda line: listed(getattr(line, name)))


def _shares(shares: Sequence[Share]) -> str:
    return "; ".join(f"{share.name} ({share.deals})" for share in shares)


def _floor(name: str) -> Column:
    return Column(f"floor_{name}", lambda line: getattr(line.commercial.floor, name, None))


def _left_out(line: PackageLine | ExcludedLine) -> str:
    return "; ".join(
        f"{one.deal_id}: {one.code}" + (f" ({one.words})" if one.words else "") for one in line.excluded
    )


def _floors(floors: Sequence[FloorRange]) -> str:
    return "; ".join(f"{one.lowest:g} - {one.highest:g} {one.currency} ({one.deals})" for one in floors)


def _limit(values: Sequence[str] | None) -> str:
    return "no limit" if values is None else listed(values)


def _family_safe(line: Described) -> Cell:
    return {True: "yes", False: "no", None: "not said"}[line.safety.family_safe]


def _day(name: str) -> Column:
    return Column(name, lambda line: str(getattr(line, name) or ""))


def _lines(name: str) -> Column:
    return Column(name, lambda line: "\n".join(getattr(line, name)))


COMPUTED = (
    Column("taxonomy_tier1", lambda line: _shares(line.taxonomy.tier1)),
    Column("taxonomy_tier2", lambda line: _shares(line.taxonomy.tier2)),
    Column("taxonomy_tier3", lambda line: _shares(line.taxonomy.tier3)),
    Column("safety", lambda line: line.safety.worst.value),
    Column("safety_caused_by", lambda line: listed(line.safety.caused_by)),
    Column("family_safe", _family_safe),
    Column("audience", lambda line: _shares(line.audience)),
    *(_floor(name) for name in ("currency", "lowest", "median", "highest", "weighted")),
    Column("floors", lambda line: _floors(line.commercial.floors)),
    Column("quality_tiers", lambda line: _shares(line.commercial.quality_tiers)),
    Column("volume_tiers", lambda line: _shares(line.commercial.volume_tiers)),
    Column("publishers", lambda line: _shares(line.publishers)),
    _same("publishers_in_all"),
    Column("formats", lambda line: _shares(line.formats)),
    _day("starts"),
    _day("ends"),
    Column("seats", lambda line: _limit(line.seats)),
    Column("countries", lambda line: _limit(line.countries)),
)
FIRST = (_same("package_name"), _list("deal_ids"))
IDS = (_same("package_id"), _same("run_id"), _same("revision"))

PACKAGE_COLUMNS = (
    *FIRST,
    _same("reasoning"),
    *IDS,
    _same("kind"),
    _same("cluster_id"),
    Column("excluded", _left_out),
    _same("model"),
    _same("prompt_version"),
)
ENRICHED_COLUMNS = (
    *FIRST,
    _same("reasoning"),
    *IDS,
    _same("cluster_id"),
    *COMPUTED,
    _lines("recommendations"),
    _same("description"),
    _lines("verticals"),
    _lines("use_cases"),
    _same("model"),
    _same("prompt_version"),
)
EXCLUDED_COLUMNS = (*FIRST, Column("excluded", _left_out), *IDS, _same("cluster_id"), *COMPUTED)


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of line: the name of its files, the title of its sheet, its columns."""

    name: str
    sheet: str
    line: type[PackageLine | EnrichedLine | ExcludedLine]
    columns: tuple[Column, ...]

    @property
    def titles(self) -> list[str]:
        return [column.title for column in self.columns]


PACKAGES = Table("packages", "Packages", PackageLine, PACKAGE_COLUMNS)
ENRICHED = Table("packages_enriched", "Packages Enriched", EnrichedLine, ENRICHED_COLUMNS)
EXCLUDED = Table("packages_excluded", "Excluded Deals", ExcludedLine, EXCLUDED_COLUMNS)
TABLES = (PACKAGES, ENRICHED, EXCLUDED)
