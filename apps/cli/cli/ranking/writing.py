"""Ranking data as files: the records, what lies beside them, and further formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli.connections import Store
from cli.errors import CliError
from cli.ranking.bringing import refusals
from cli.ranking.material import material_of
from cli.ranking.results import RankingData, RankingResult
from cli.reading import RunRow
from contracts import InvalidEvent, WorkFailed
from ranking.files import refuse_early, sidecar_path, write_dataset
from ranking.formats import FORMATS, Document, Format, write_all
from ranking.formats.documents import documents
from ranking.writing import refuse_obstacles

OUTPUT: Final = Path("data") / "processed" / "ranking_training_data.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Where ranking data go, and what is written besides the records."""

    output: Path = OUTPUT
    overwrite: bool = True
    formats: tuple[Format, ...] = ()

    @property
    def folder(self) -> Path:
        """Of the further formats."""
        return self.output.with_name(f"{self.output.stem}.formats")

    def refuse_early(self) -> None:
        """What cannot be written is said before any work is done for it."""
        with refusals():
            refuse_early(self.output, overwrite=self.overwrite)
            for name in self.formats:
                refuse_obstacles(self.folder / name / "file")
                if not self.overwrite and (self.folder / name).exists():
                    words = "exists and --no-overwrite was given: nothing was changed"
                    raise CliError(f"{self.folder / name} {words}; choose another --output")


def formats_of(words: Sequence[str]) -> tuple[Format, ...]:
    """Of names and of lists of them."""
    asked = {name.strip().lower() for word in words for name in word.split(",") if name.strip()}
    known = tuple(name for name in FORMATS if name in asked)
    if unknown := sorted(asked - set(known)):
        raise CliError(f"no such format: {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return known


async def write(
    store: Store, run: RunRow, result: RankingResult | None, data: RankingData | None, files: Files
) -> list[str]:
    """What was written, in words. The time in the files is that of the run: again gives the same bytes."""
    if result is None or data is None or not data.records:
        raise CliError(
            f"{run.run_id} has no records: nothing was written; `assort show {run.run_id}` says why"
        )
    texts = await _documents(store, run, result) if files.formats else {}
    at = run.finished_at or datetime.now(UTC)
    with refusals():
        write_dataset(files.output, data.records, data.report, at=at, overwrite=files.overwrite)
    if files.formats:
        with refusals(f"{files.output} is written, further formats are not: "):
            write_all(files.folder, data.records, texts, formats=files.formats)
    written = [f"in {files.output}; how it was made is in {sidecar_path(files.output).name}"]
    return [*written, *(f"in {files.folder / name}: {name}" for name in files.formats)]


async def _documents(store: Store, run: RunRow, result: RankingResult) -> dict[str, Document]:
    try:
        material = await material_of(store, result.snapshot, result.brief)
        return documents(material.collection().candidates)
    except (WorkFailed, InvalidEvent) as error:
        raise CliError(f"{error.words}; see `assort verify {run.run_id}`") from error
