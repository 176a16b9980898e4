"""`make chaos`: the long storm. Exit code 1: a judge has found something, or the storm was too weak."""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from local import LocalServers
from tests.chaos import storm
from tests.chaos.checker import judge
from tests.chaos.plan import LONG, SHORT, plan
from tests.chaos.table import complaints, tell

UNFENCED = Path(__file__).parent / "unfenced"


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # everything is stopped, as on Ctrl-C
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that was killed on purpose is no news
    terminal = Console(highlight=False)
    seed = given.seed if given.seed is not None else SystemRandom().randrange(10_000)
    terminal.print(f"storm with seed {seed} (again: make chaos ARGS='--seed {seed}')")
    chosen = plan(seed, SHORT if given.short else LONG, lease_seconds=storm.LEASE_SECONDS)
    with _folder(keep=given.keep) as folder, _servers(folder) as servers:
        sabotage = UNFENCED if given.unfenced else None
        after = asyncio.run(storm.run(chosen, servers, folder / "work", terminal.print, sabotage=sabotage))
        verdicts = judge(after.evidence)
        tell(terminal, after, verdicts)
    found = complaints(after, verdicts)
    for words in found:
        terminal.print(words, markup=False)
    terminal.print("the judges are silent" if not found else "the storm has found something")
    return bool(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same seed, the same storm")
    parser.add_argument("--short", action="store_true", help="the form that runs among the tests")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and data")
    parser.add_argument(
        "--unfenced", action="store_true", help="break the lease's fence: the judges must notice"
    )
    return parser.parse_args()


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="assort-chaos-")).resolve()
    try:
        yield folder
    finally:
        if keep:
            sys.stderr.write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _servers(folder: Path) -> Iterator[LocalServers]:
    servers = LocalServers(folder / "servers")
    try:
        yield servers
    finally:
        servers.down()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; everything was stopped")
