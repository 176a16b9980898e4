"""Small folders of the BEIR layout."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from encoder import HashEncoder
from ranking.candidate import Vectors

SPLITS: Final = (("train", 24), ("dev", 8), ("test", 8))
TOPICS: Final = (
    *("football", "cooking", "finance", "travel", "gardening"),
    *("gaming", "fashion", "news", "cars", "music"),
)
REGIONS: Final = ("Germany", "France", "Spain", "Italy")
FILLER: Final = (
    *("video", "display", "audience", "premium", "inventory", "mobile", "desktop", "weekend", "evening"),
    *("viewers", "readers", "campaign", "placement", "banner", "native", "sponsored", "morning", "students"),
)


@dataclass(frozen=True, slots=True)
class Hashing:
    """The encoder of words, as training wants one."""

    name: str = str(HashEncoder.identity)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return HashEncoder().encode(texts)


@dataclass(frozen=True, slots=True)
class Asked:
    query_id: str
    text: str
    topic: str
    region: str

    def grade(self, row: int) -> int | None:
        """Every seventh of the others was judged not to fit; nobody looked at the rest."""
        if TOPICS[row % 10] == self.topic:
            return 3 if REGIONS[row // 10 % 4] == self.region else 1
        return 0 if row % 7 == 0 else None


def write(folder: Path, *, trec: bool = False, metadata: bool = True) -> Path:
    """60 documents of ten topics and four regions, 40 queries. Topic: grade 1; region too: 3."""
    chance = random.Random(5)  # noqa: S311 - a fixture, not a secret
    lines(folder / "corpus.jsonl", [_document(number, chance, metadata=metadata) for number in range(60)])
    numbers = iter(range(40))
    asked = {split: [_asked(next(numbers), chance) for _ in range(count)] for split, count in SPLITS}
    every = [one for some in asked.values() for one in some]
    lines(folder / "queries.jsonl", [{"_id": one.query_id, "text": one.text} for one in every])
    for split, some in asked.items():
        grades = [(one.query_id, f"d{row:02}", one.grade(row)) for one in some for row in range(60)]
        judged = [(query, document, grade) for query, document, grade in grades if grade is not None]
        qrels(folder, split, judged, trec=trec)
    return folder


def lines(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")


def qrels(folder: Path, split: str, judged: Sequence[tuple[str, str, int]], *, trec: bool = False) -> None:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    if trec:
        body = "".join(f"{query} 0 {document} {grade}\n" for query, document, grade in judged)
        (folder / "qrels" / f"{split}.txt").write_text(body)
    else:
        body = "".join(f"{query}\t{document}\t{grade}\n" for query, document, grade in judged)
        (folder / "qrels" / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + body)


def _document(number: int, chance: random.Random, *, metadata: bool) -> dict[str, Any]:
    """Half of the texts do not say their region: attributes alone know it."""
    topic, region = TOPICS[number % 10], REGIONS[number // 10 % 4]
    words = [*chance.choices(FILLER, k=chance.randint(5, 25)), *([region] if number % 2 else [])]
    known = {"sectors": [topic], "regions": [region], "attributes": [f"quality: {words[0]}"]}
    document = {"_id": f"d{number:02}", "title": f"{topic} {number}", "text": " ".join(words)}
    return {**document, "metadata": known} if metadata else document


def _asked(number: int, chance: random.Random) -> Asked:
    topic, region = chance.choice(TOPICS), chance.choice(REGIONS)
    text = f"{chance.choice(FILLER)} {topic} in {region} for {chance.choice(FILLER)}"
    return Asked(f"q{number:02}", text, topic, region)
