"""Parquet as a folder of part files: each is written whole and never changed."""

import json
import types
from collections.abc import Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel

from cli.errors import CliError
from cli.exports import places
from cli.exports.cells import Table
from cli.exports.lines import Line

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_PART = 10_000


class Parquet:
    rest_seconds = 30.0

    def __init__(self, folder: Path, run_id: str, table: Table) -> None:
        self.folder = folder
        self.run_id = run_id
        self.table = table
        self.waiting: list[Line] = []

    def open(self) -> frozenset[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        keys: list[str] = []
        for path in parts(self.folder):
            keys += self._keys(path)
        return frozenset(keys)

    def add(self, lines: Sequence[Line]) -> None:
        self.waiting += lines

    def flush(self) -> None:
        while self.waiting:
            self._write(self.waiting[:ROWS_A_PART])
            self.waiting = self.waiting[ROWS_A_PART:]

    def _keys(self, path: Path) -> list[str]:
        found = read_columns(path, ["package_id", "run_id"])
        foreign = {run_id for _, run_id in found} - {self.run_id}
        if foreign:
            raise CliError(f"{path} belongs to {', '.join(foreign)}: choose another --output")
        return [package_id for package_id, _ in found]

    def _write(self, lines: Sequence[Line]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a quarter of a second to load
        from pyarrow import parquet  # noqa: PLC0415 - same

        rows = [_plain(line.model_dump()) for line in lines]
        made = pa.Table.from_pylist(rows, schema=schema(self.table.line))
        path = self.folder / f"part-{len(parts(self.folder)) + 1:05}.parquet"
        half = places.half_of(path)
        parquet.write_table(made, half)
        with half.open("rb+") as file:
            places.sync(file)
        places.settle(half, path)


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def read_columns(path: Path, names: list[str]) -> list[tuple[Any, ...]]:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - takes a quarter of a second to load

    try:
        found = parquet.ParquetFile(path).read(columns=names)
    except (ArrowException, OSError) as error:
        raise CliError(
            f"{path} cannot be read ({error}); remove its folder and run `assort export` again"
        ) from error
    return list(zip(*(found.column(name).to_pylist() for name in names), strict=True))


def read_lines(path: Path, table: Table) -> list[Line]:
    from pyarrow import parquet  # noqa: PLC0415 - takes a quarter of a second to load

    rows = parquet.ParquetFile(path).read().to_pylist()
    return [table.line.model_validate_json(json.dumps(row, default=str)) for row in rows]


def schema(model: type[BaseModel]) -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 - takes a quarter of a second to load

    return pa.schema([(name, _type(field.annotation)) for name, field in model.model_fields.items()])


def _type(annotation: Any) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - takes a quarter of a second to load

    if get_origin(annotation) in (types.UnionType, Union):
        [inner] = [one for one in get_args(annotation) if one is not type(None)]
        return _type(inner)
    if get_origin(annotation) is tuple:
        return pa.list_(_type(get_args(annotation)[0]))
    if issubclass(annotation, BaseModel):
        return pa.struct(list(schema(annotation)))
    if issubclass(annotation, Enum):
        return pa.string()
    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return pa.date32() if annotation is date else plain[annotation]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value
