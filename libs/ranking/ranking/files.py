"""Records as a JSON array, with a sidecar that says how they were made."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from contracts.errors import InvalidEvent
from contracts.event import describe, loads
from contracts.ranking_report import RankingReport
from ranking.record import Record
from ranking.shape import RecordShape, query_id
from ranking.sidecar import Sidecar, data_file
from ranking.writing import OutputExists, refuse_obstacles, write_together

__all__ = [
    "OutputExists",
    "query_id",
    "read_records",
    "refuse_early",
    "rendered",
    "sidecar_path",
    "write_dataset",
]


def rendered(records: Sequence[Record]) -> bytes:
    """One spelling, in the order given. What cannot be read back is not written."""
    return _spelled([RecordShape.of(record).model_dump() for record in records])


def read_records(body: bytes, name: str) -> tuple[Record, ...]:
    """Of our own files and of those of other tools. `name`: of the file, for the words of an error."""
    try:
        values = loads(body)
    except InvalidEvent as error:
        raise _unfit(f"{name}: {error.words}: write the records as a JSON array in UTF-8") from error
    if not isinstance(values, list):
        raise _unfit(f"{name} is not a JSON array: put its records between [ and ]")
    return tuple(_record(value, f"{name}: record {number}") for number, value in enumerate(values, 1))


def sidecar_path(output: Path) -> Path:
    return output.with_name(f"{output.stem}.metadata.json")


def refuse_early(output: Path, *, overwrite: bool) -> None:
    """Before any work is done for it."""
    for path in (output, sidecar_path(output)):
        refuse_obstacles(path)
        if path.exists() and not overwrite:
            raise OutputExists(
                f"{path} exists and --no-overwrite was given: nothing was changed; "
                "choose another --output, or leave --no-overwrite out"
            )


def write_dataset(
    output: Path, records: Sequence[Record], report: RankingReport, *, at: datetime, overwrite: bool
) -> Path:
    """The sidecar comes last: while it does not fit the data, a run is under way or was cut off."""
    refuse_early(output, overwrite=overwrite)
    body = rendered(records)
    sidecar = Sidecar.of(report, records, data_file(output.name, body), at)
    write_together({output: [body], sidecar_path(output): [_spelled(sidecar.model_dump(mode="json"))]})
    return output


def _record(value: Any, place: str) -> Record:
    if not isinstance(value, dict):
        raise _unfit(f"{place} is not an object: {_named(RecordShape)} are wanted")
    try:
        return RecordShape.model_validate(value).record()
    except ValidationError as error:
        words = describe(error).replace("Value error, ", "").removeprefix("value: ")
        raise _unfit(f"{place}: {words}: correct it in the file, or leave the record out") from error


def _named(shape: type[BaseModel]) -> str:
    return ", ".join(shape.model_fields)


def _unfit(words: str) -> InvalidEvent:
    return InvalidEvent("ranking_records", words)


def _spelled(value: Any) -> bytes:
    return f"{json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False)}\n".encode()
