"""Ranking data and what a ranker learns of them, on real servers with the simulator.

    python -m bench.ranking                   all of it, some six minutes
    python -m bench.ranking --part defaults   804 deals with every default, and dry: seconds, records
    python -m bench.ranking --part train      2,000 deals, five queries a package: ranker, BM25, encoder
    python -m bench.ranking --part foreign    the same ranker on judgements of others, as TREC has them

The last needs the part before it, and ../shared/data: bills of the congress of the US, their subtopics as
queries; a bill of the subtopic is grade 2, of the topic grade 1.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.pipeline.services import services
from cli.demo_data import generate_deals
from local import LocalServers

LATENCY_SECONDS: Final = 0.2
DEFAULTS, TRAINED = 804, 2_000  # deals
BILLS: Final = Path(__file__).parents[2] / "shared" / "data" / "topicgpt" / "bills_subset.jsonl"
SPLITS: Final = ("--set", "splits.train=0.6", "--set", "splits.dev=0.1", "--set", "splits.test=0.3")
FINE: Final = (0, 3)  # some clusters may have no queries
PARTS: Final = ("defaults", "train", "foreign")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a terminal."""

    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    tenant: str

    def types(self, *words: str, given: str = "") -> str:
        command = (sys.executable, "-m", "cli", "--tenant", self.tenant, *words)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in FINE:
            raise SystemExit(f"assort {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def times(self, *words: str) -> float:
        began = time.monotonic()
        self.types(*words)
        return time.monotonic() - began

    def packages(self, deals: int) -> None:
        """Publish made-up deals and package them."""
        made = [demo.deal for demo in generate_deals(deals)]
        self.types("publish", "-", given="\n".join(json.dumps(deal) for deal in made))
        ids = [f"{deal['deal_id']}" for deal in made]
        while (there := self._arrived()) < len(ids):
            print(f"  {there} deals are there", flush=True)
            time.sleep(2)
        self.types("run", "packages")

    def _arrived(self) -> int:
        import psycopg  # noqa: PLC0415 - for this alone

        with psycopg.connect(self.environment["POSTGRES_DSN"]) as connection:
            row = connection.execute(
                "select count(*) from read.items_v1 where tenant = %s", (self.tenant,)
            ).fetchone()
        return int(row[0]) if row else 0


def defaults(person: Person) -> None:
    print(f"{DEFAULTS} deals, all defaults, answers after {LATENCY_SECONDS} s")
    person.packages(DEFAULTS)
    seconds = person.times("run", "ranking-data", "--seed", "7")
    data = person.folder / "data" / "processed" / "ranking_training_data.json"
    records = json.loads(data.read_bytes())
    labels = sorted({record["label"] for record in records})
    side = json.loads(data.with_suffix(".metadata.json").read_bytes())
    clusters = side["clusters_drawn"]
    print(f"  {len(records)} records of {clusters} clusters, labels {labels}, {seconds:.1f} s")
    print(f"  guards {side['guards']}")
    print(f"  proof {side['proof']}")
    dry = person.times("run", "ranking-data", "--seed", "7", "--dry-run", "--output", "dry.json")
    print(f"  dry {dry:.1f} s")


def train(person: Person) -> None:
    print(f"{TRAINED} deals, five queries of each package")
    person.packages(TRAINED)
    asked = ("--clusters", "100000", "--queries-per-cluster", "5", "--seed", "7", *SPLITS, "--format", "beir")
    seconds = person.times("run", "ranking-data", *asked, "--output", "deals.json")
    side = json.loads((person.folder / "deals.metadata.json").read_bytes())
    for split, counts in sorted(side["splits"].items()):
        print(f"  {split}: {counts}")
    print(f"  made in {seconds:.1f} s")
    print(f"  trained in {person.times('train', 'ranker', 'deals.formats/beir', '--output', 'ranker'):.1f} s")
    say(json.loads(person.types("evaluate", "ranker", "deals.formats/beir", "--model", "ranker", "--json")))


def foreign(person: Person) -> None:
    if not BILLS.exists():
        print(f"needs {BILLS}")
        return
    bills = [json.loads(line) for line in BILLS.read_text("utf-8").splitlines()]
    write_bills(person.folder / "bills", bills)
    print(f"{len(bills)} bills, judged by their subtopics")
    say(json.loads(person.types("evaluate", "ranker", "bills", "--model", "ranker", "--json")))


def write_bills(folder: Path, bills: list[dict[str, Any]]) -> None:
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": bill["id"], "title": "", "text": bill["summary"]} for bill in bills]
    topics = {bill["subtopic"]: bill["topic"] for bill in bills}
    queries = [{"_id": str(number), "text": name} for number, name in enumerate(sorted(topics))]
    for name, lines in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    judged = [
        f"{query['_id']} 0 {bill['id']} {2 if bill['subtopic'] == query['text'] else 1}\n"
        for query in queries
        for bill in bills
        if bill["topic"] == topics[query["text"]]
    ]
    (folder / "qrels" / "test.txt").write_text("".join(judged), "utf-8")


def say(found: dict[str, Any]) -> None:
    print(f"  {found['queries']} queries of {found['benchmark']}, {found['split']}")
    for what in ("results", "differences"):
        for name, measures in found[what].items():
            figures = ", ".join(
                f"{measure} {one['mean']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
                for measure, one in measures.items()
            )
            print(f"  {'over ' if what == 'differences' else ''}{name}: {figures}")
    for words in found["words"]:
        print(f"  {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append")
    chosen = parser.parse_args().part or PARTS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        servers = LocalServers(home / "servers", {})
        try:
            with services(LATENCY_SECONDS, home, servers, ENCODER_BACKEND="torch") as running:
                for part, work in zip(PARTS, (defaults, train, foreign), strict=True):
                    if part in chosen:
                        work(Person(running.environment, home, "bench-train" if part != "defaults" else part))
        finally:
            servers.down()


if __name__ == "__main__":
    main()
