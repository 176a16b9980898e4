"""Runs the unit suites alone, without any server, in the order in which things stand on each other.

    python -m tests.unit             all of them
    python -m tests.unit segmenter   those whose name holds the word

A test is of a unit if neither it nor a fixture of it starts a server or a process of ours; `--unit` of pytest
picks them. Prints a line for each suite; exits with 1 if one has failed.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUITES = (
    "contracts",
    "objects",
    "llm",
    "encoder",
    "clustering",
    "bundling",
    "uploads",
    "ranking",
    "runtime",
    "embedder",
    "clusterer",
    "packager",
    "enricher",
    "segmenter",
    "bundler",
    "ranker",
    "ledger",
    "simulator",
    "cli",
    "api",
)
COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped)")
LINES = 40  # of a suite that failed


@dataclass(frozen=True, slots=True)
class Ended:
    suite: str
    passed: int
    failed: int
    seconds: float
    output: str


def run(suite: str) -> Ended:
    began = time.monotonic()
    words = ("-m", "pytest", "--unit", "-q", "--no-header", "-p", "no:cacheprovider", f"tests/{suite}")
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    counts = {
        word.rstrip("s"): int(number) for number, word in COUNTS.findall(done.stdout.rpartition("\n=")[2])
    }
    counts |= {word.rstrip("s"): int(number) for number, word in COUNTS.findall(done.stdout.splitlines()[-1])}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    broken = done.returncode not in (0, NOTHING)
    return Ended(
        suite,
        counts.get("passed", 0),
        max(failed, int(broken)),
        time.monotonic() - began,
        done.stdout + done.stderr,
    )


NOTHING = 5  # no test was picked


def say(ended: Ended) -> None:
    mark = "failed" if ended.failed else "ok"
    print(f"{mark:<7} {ended.suite:<12} {ended.passed:>5} tests {ended.seconds:6.1f} s", flush=True)
    if ended.failed:
        print("\n".join(ended.output.splitlines()[-LINES:]))


def main(words: list[str]) -> int:
    chosen = [suite for suite in SUITES if not words or any(word in suite for word in words)]
    ended = []
    for suite in chosen:
        ended.append(run(suite))
        say(ended[-1])
    failed = [one.suite for one in ended if one.failed]
    tests, seconds = sum(one.passed for one in ended), sum(one.seconds for one in ended)
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{tests} tests in {len(ended)} suites, {seconds:.0f} s; {verdict}")
    return 1 if failed or not ended else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
