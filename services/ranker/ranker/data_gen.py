"""Ranking data of a graph, on one machine without Kafka and Postgres: `python -m ranker.data_gen`."""

import argparse
import asyncio
import io
import logging
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from contracts import AssortError, Blocked, InvalidEvent, WorldError, loads
from contracts.errors import Coded
from contracts.event import describe
from contracts.ranking import RankingSettings
from llm import LlmSettings, load_prompts, open_offline
from objects import FolderObjects
from ranker.adapters import LlmWriter
from ranker.adapters.asking import PROMPTS
from ranker.adapters.client import ClientWriter, LLMClient
from ranker.domain.ground import Ground
from ranker.domain.making import Material, asked_of, collection_of, made_of, texts_of, versions_of
from ranker.handler.at_once import NoQueries, written
from ranker.handler.ports import Writer
from ranker.settings import Settings
from ranking.asking import PROMPT
from ranking.assembling import Dataset
from ranking.candidate import Vectors
from ranking.files import OutputExists, read_records, refuse_early, rendered, write_dataset
from ranking.formats import FORMATS, Format, write_all
from ranking.formats.documents import documents
from ranking.graph.building import text_of
from ranking.graph.reading import lines, read_folder
from ranking.lexical import WordEncoder

__all__ = ["LLMClient", "generate_synthetic_training_data", "main"]

INPUT: Final = Path("data/raw")
OUTPUT: Final = Path("data/processed/ranking_training_data.json")
ANSWERS: Final = Path("var/answers")
SOURCE: Final = "graph"
SEEDS: Final = 2**32  # of those that are drawn where none is given
NOTHING: Final = b"[]"

log = logging.getLogger("ranker.data_gen")


def generate_synthetic_training_data(
    num_clusters: int = 50,
    queries_per_cluster: int = 3,
    negatives_per_query: int = 2,
    seed: int | None = None,
    llm_client: LLMClient | None = None,
) -> list[dict[str, Any]]:
    """Records as in the file, of the graph in `data/raw`. No seed: one is drawn, and logged.

    No client: the model that the environment names. Its answers are kept in `var/answers`, and none of them
    is paid for twice.
    """
    settings = RankingSettings(
        num_clusters=num_clusters,
        queries_per_cluster=queries_per_cluster,
        negatives_per_query=negatives_per_query,
        seed=_seed(seed),
    )
    material = _material(INPUT)
    if llm_client is None:
        dataset = asyncio.run(_asking_the_model(material, settings, ANSWERS))
    else:
        writer = ClientWriter(llm_client, load_prompts(PROMPTS, PROMPT))
        dataset = asyncio.run(_generated(material, settings, writer, at_once=1))
    records: list[dict[str, Any]] = loads(rendered(dataset.records))
    return records


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for on the command line."""

    settings: RankingSettings
    input: Path
    existing: Path | None
    answers: Path
    output: Path
    overwrite: bool
    formats: tuple[Format, ...]

    @property
    def folder(self) -> Path:
        """Of the other formats."""
        return self.output.with_name(f"{self.output.stem}.formats")


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 1 and one line that says what is wrong: then whatever was there is as it was."""
    job = _job(argv)
    with _logged_to_stderr():
        try:
            _run(job)
        except (AssortError, OSError, ValidationError) as error:
            sys.stderr.write(f"ranker.data_gen: {_words(error)}\n")
            return 1
    return 0


def _run(job: Job) -> None:
    _refuse_early(job)
    material = _material(job.input, job.existing)
    dataset = asyncio.run(_asking_the_model(material, job.settings, job.answers))
    if job.formats:
        texts = documents(collection_of(material).candidates)
        write_all(job.folder, dataset.records, texts, formats=job.formats)
    report = dataset.report
    write_dataset(job.output, dataset.records, report, at=datetime.now(UTC), overwrite=job.overwrite)
    log.info("%s: %d records, %d of them positive", job.output, report.records, report.positives)


def _refuse_early(job: Job) -> None:
    refuse_early(job.output, overwrite=job.overwrite)
    for path in (job.folder / name for name in job.formats):
        if path.exists() and not job.overwrite:
            raise OutputExists(f"{path} exists and --no-overwrite was given: nothing was changed")
    if job.answers.exists() and not job.answers.is_dir():
        raise OutputExists(f"{job.answers} is no folder: name one by --answers")


def _material(folder: Path, existing: Path | None = None) -> Material:
    """The graph, with vectors of its words."""
    nodes = read_folder(folder)
    texts = [text_of(node) for node in nodes]
    shard = (lines(nodes), _npy(WordEncoder.of(texts).encode(texts)))
    return Material("node", (shard,), WordEncoder.model, Ground(), _existing(existing))


def _existing(path: Path | None) -> bytes:
    if path is None:
        return NOTHING
    try:
        body = path.read_bytes()
    except OSError as error:
        words = f"{path} cannot be read ({error.strerror}): name the file whose records are to be kept"
        raise InvalidEvent("existing", words) from error
    read_records(body, str(path))  # the name of the file is known only here
    return body


async def _asking_the_model(material: Material, settings: RankingSettings, answers: Path) -> Dataset:
    known = Settings()
    model = open_offline(known.llm, FolderObjects(answers))
    writer = LlmWriter(model, known.llm.gemini_model_name, known.max_output_tokens)
    try:
        return await _generated(material, settings, writer, at_once=known.llm.llm_concurrency)
    except WorldError as error:
        raise NoQueries(_no_answer(error, known.llm, answers)) from error
    finally:
        await model.close()


async def _generated(
    material: Material, settings: RankingSettings, writer: Writer, *, at_once: int
) -> Dataset:
    asker = writer.asker(settings.llm)
    asked = asked_of(material, settings, asker)
    drawn = [one.cluster_id for one in asked]
    log.info("seed %d; %d clusters are drawn: %s", settings.seed, len(drawn), ", ".join(drawn))
    sets = await written(asked, settings, writer, at_once)
    encoder = WordEncoder.of([candidate.text for candidate in collection_of(material).candidates])
    vectors = _npy(encoder.encode(texts_of(sets)))
    versions = versions_of(settings, asker)
    dataset = made_of(material, drawn, sets, vectors, settings, source=SOURCE, versions=versions)
    for words in dataset.report.words:
        log.warning("%s", words)
    return dataset


def _no_answer(error: WorldError, llm: LlmSettings, answers: Path) -> str:
    if isinstance(error, Blocked) and llm.profile.needs_key and llm.key is None:
        return (
            f"there is no key for {llm.llm_profile}: set {llm.llm_profile.upper()}_API_KEY or LLM_API_KEY, "
            "or do without a model: --fallback makes queries by rule, --dry-run makes stubs"
        )
    return (
        f"{error.reason}; what was answered is kept in {answers}: run it again, "
        "or give --fallback, which makes queries by rule where no model answers"
    )


def _npy(vectors: Vectors) -> bytes:
    file = io.BytesIO()
    np.save(file, vectors, allow_pickle=False)
    return file.getvalue()


def _seed(given: int | None) -> int:
    return secrets.randbelow(SEEDS) if given is None else given


def _job(argv: Sequence[str] | None) -> Job:
    """SystemExit with 2 where the line makes no sense."""
    parser = _parser()
    told = parser.parse_args(argv)
    try:
        settings = RankingSettings(
            num_clusters=told.clusters,
            queries_per_cluster=told.queries_per_cluster,
            negatives_per_query=told.negatives_per_query,
            seed=_seed(told.seed),
            dry_run=told.dry_run,
            fallback=told.fallback,
        )
    except ValidationError as error:
        parser.error(
            "; ".join(f"{_option(problem['loc'][0])}: {problem['msg']}" for problem in error.errors())
        )
    return Job(
        settings,
        input=told.input,
        existing=told.existing,
        answers=told.answers,
        output=told.output,
        overwrite=told.overwrite,
        formats=tuple(told.format),
    )


def _option(setting: int | str) -> str:
    return f"--{str(setting).removeprefix('num_').replace('_', '-')}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ranker.data_gen",
        description="Labelled queries of a graph of deals: a platform with its links is a cluster.",
    )
    of = RankingSettings()
    add = parser.add_argument
    add(
        "--clusters",
        type=int,
        default=of.num_clusters,
        help="that queries are written about; fewer there: all",
    )
    add("--queries-per-cluster", type=int, default=of.queries_per_cluster)
    add("--negatives-per-query", type=int, default=of.negatives_per_query)
    add(
        "--seed",
        type=int,
        help="the same seed and input, the same bytes; none: one is drawn, logged, recorded",
    )
    add("--input", type=Path, default=INPUT, metavar="FOLDER", help="JSON and CSV files of the graph")
    add(
        "--output",
        type=Path,
        default=OUTPUT,
        metavar="FILE",
        help="its sidecar NAME.metadata.json lies beside",
    )
    add("--overwrite", action=argparse.BooleanOptionalAction, default=True, help="what is there is replaced")
    add("--existing", type=Path, metavar="FILE", help="records to keep; what they answer is not asked again")
    add("--answers", type=Path, default=ANSWERS, metavar="FOLDER", help="where the model's answers are kept")
    add("--dry-run", action="store_true", help="stub queries; no model is asked")
    add("--fallback", action="store_true", help="queries by rule where no model answers")
    add("--format", action="append", default=[], choices=FORMATS, help="also this one, in NAME.formats/")
    return parser


@contextmanager
def _logged_to_stderr() -> Iterator[None]:
    ours, handler = logging.getLogger("ranker"), logging.StreamHandler(sys.stderr)
    before = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(before)


def _words(error: AssortError | OSError | ValidationError) -> str:
    """In one line."""
    if isinstance(error, ValidationError):
        words = describe(error)
    elif isinstance(error, Coded):
        words = error.words
    else:
        words = str(error)
    return " ".join(words.split())


if __name__ == "__main__":
    raise SystemExit(main())
