"""Records to write down, and the documents that they speak of."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

from contracts.ranking import RankingSettings, Split
from contracts.ranking_report import QueryCounts, RankingReport
from ranking.formats import FORMATS, Document, Format, write_all
from ranking.record import Grade, Reason, Record

SPLITS: Final[tuple[Split, ...]] = ("train", "dev", "test")
MOST_TEXTS: Final = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS: Final = st.text(MOST_TEXTS, min_size=1, max_size=20)
AWKWARD: Final = 'a "tab\there" and\r\na line, 100 % de gräce\u2028\x85 日本 🎯 '


def record(
    query: str = "sports on connected tv",
    candidate_id: str = "platform-1",
    *,
    cluster_id: str = "cluster-1",
    grade: Grade = 3,
    split: Split = "train",
) -> Record:
    reason: Reason = "same_package" if grade == 3 else "same_sector"
    return Record(query, candidate_id, cluster_id, grade, reason, split, "model", "key of the prompt")


def judged(query: str, *grades: Grade, split: Split = "train") -> list[Record]:
    """The first candidate has the first grade."""
    return [
        record(query, f"platform-{number}", cluster_id=f"cluster of {query}", grade=grade, split=split)
        for number, grade in enumerate(grades, 1)
    ]


def three_splits() -> list[Record]:
    """Seven judgements to train with; of the other splits four each."""
    return [
        *judged("sports on connected tv", 3, 2, 1, 0),
        *judged("news in the morning", 0, 3, 0),
        *judged("cars", 2, 0, 3, 1, split="dev"),
        *judged("travel", 0, 1, 2, 3, split="test"),
    ]


def records() -> st.SearchStrategy[list[Record]]:
    return st.lists(
        st.builds(
            Record,
            query=TEXTS,
            candidate_id=TEXTS,
            cluster_id=TEXTS,
            grade=st.sampled_from([0, 1, 2, 3]),
            reason=st.sampled_from(["same_package", "same_cluster", "same_sector", "same_region", "other"]),
            split=st.sampled_from(["train", "dev", "test"]),
            made_by=st.sampled_from(["model", "fallback", "stub"]),
            prompt=st.text(MOST_TEXTS, max_size=5),
        ),
        max_size=5,
    )


def documents(some: Iterable[Record]) -> dict[str, Document]:
    return {
        one.candidate_id: Document(f"title of {one.candidate_id}", f"text of {one.candidate_id}", {"n": 1})
        for one in some
    }


def report(*, drawn: Sequence[str] = ("cluster-1",)) -> RankingReport:
    return RankingReport(
        seed=7,
        source="graph",
        model="hashing",
        settings=RankingSettings(num_clusters=2),
        versions=("prompt: 1",),
        clusters=9,
        drawn=tuple(drawn),
        words=("A small graph.",),
        queries=QueryCounts(written=5, kept=4, malformed=1, fallback=1),
    )


def written(
    folder: Path,
    some: Sequence[Record],
    texts: Mapping[str, Document] | None = None,
    *,
    formats: Iterable[Format] = FORMATS,
) -> Path:
    write_all(folder, some, documents(some) if texts is None else texts, formats=formats)
    return folder


def listed(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
