"""JSON lines of the IAB Deals API: one object for each deal of each package."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.errors import CliError
from cli.exports import deals_api
from cli.exports.appended import Appended, Key
from cli.exports.lines import Line, PackageLine
from contracts.deal import Deal


class DealsFile(Appended):
    """The deals of a package lie side by side; the last one is written again: it may have been cut short."""

    rest_seconds = 0.0

    def __init__(self, path: Path, run_id: str, deals: Mapping[str, Deal]) -> None:
        super().__init__(path, run_id)
        self.deals = deals

    def record(self, line: Line) -> bytes:
        if not isinstance(line, PackageLine):
            raise TypeError("deals belong to packages")
        made = (deals_api.write(self._deal(item), line) for item in line.deal_ids)
        return "".join(f"{deal.text()}\n" for deal in made).encode()

    def split(self, body: bytes) -> Iterator[bytes]:
        """All objects of a package are one record."""
        block: list[bytes] = []
        for part in body.split(b"\n")[:-1]:
            if block and _package(part) != _package(block[0]):
                yield b"".join(block)
                block = []
            block.append(part + b"\n")

    def key(self, record: bytes) -> Key:
        found = [deals_api.ApiDeal.model_validate_json(part) for part in record.splitlines()]
        told = found[0].ext.assort
        return Key(told.package_id, told.run_id)

    def _deal(self, item: str) -> Deal:
        if item not in self.deals:
            raise CliError(f"{item} is in a package and not in the snapshot of its run: see `assort verify`")
        return self.deals[item]


def _package(part: bytes) -> str:
    try:
        return str(json.loads(part)["curation"]["cdealid"])
    except (ValueError, KeyError, TypeError):
        return ""
