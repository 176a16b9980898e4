"""Frequent sets of real orders: ours beside FP-growth of mlxtend, seconds and memory.

    python -m bench.mining

Needs Linux, and Online Retail in ASSORT_DATA or ../shared/data. Each runs in a process of its own. The table
or the orders are made before the clock starts; memory is all that came on top of the imports. At a support
below 0.01 a largest size is named: these orders are long, and have millions of larger sets.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from bundling.mining import Baskets, Itemsets, itemsets
from bundling.orders import OrderBook
from tests.bundling.stores import DATA, online_retail

FOLDER: Final = DATA / "online_retail_byday"
ASKED: Final = ((0.01, None), (0.005, 2))
WAYS: Final = ("ours", "mlxtend")
KB: Final = 1024
STATUS: Final = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Run:
    sets: int
    digest: str  # of all sets and their orders
    seconds: float
    peak_bytes: int  # on top of the imports


def main() -> None:
    if not (FOLDER.exists() and STATUS.exists()):
        print(f"skipped: needs {FOLDER} and {STATUS}")
        return
    book = online_retail().book
    print(f"{book.orders} orders, {book.lines} lines, {len(book.product_ids)} products")
    print(f"{'support':>8}{'largest':>9} {'':8}{'sets':>9}{'seconds':>9}{'MB':>7}")
    for support, largest in ASKED:
        runs = [measured(way, book, support, largest) for way in WAYS]
        for way, done in zip(WAYS, runs, strict=True):
            print(
                f"{support:>8}{largest or 'any':>9} {way:8}"
                f"{done.sets:>9}{done.seconds:>9.2f}{done.peak_bytes / 1e6:>7.0f}"
            )
        if runs[0].digest != runs[1].digest:
            raise SystemExit("they find other sets")


def measured(way: str, book: OrderBook, support: float, largest: int | None) -> Run:
    """In a process of its own: a peak never falls."""
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        file.write(book.to_bytes())
        file.flush()
        command = [sys.executable, "-m", "bench.mining", way, file.name, str(support), str(largest or 0)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Run(**json.loads(done.stdout))


def child(way: str, path: str, support: float, largest: int | None) -> Run:
    return (ours if way == "ours" else mlxtends)(Path(path), support, largest)


def ours(path: Path, support: float, largest: int | None) -> Run:
    before = peak_bytes()
    baskets = baskets_in(path)
    began = time.perf_counter()
    found = list(itemsets(baskets, support, largest=largest))
    seconds, peak = time.perf_counter() - began, peak_bytes() - before
    return run(found, seconds, peak)


def mlxtends(path: Path, support: float, largest: int | None) -> Run:
    import pandas as pd  # noqa: PLC0415 - ours stands beside a process without it
    from mlxtend.frequent_patterns import fpgrowth  # noqa: PLC0415 - same

    before = peak_bytes()
    baskets = baskets_in(path)
    table = np.zeros((baskets.orders, baskets.products), np.bool_)
    table[baskets.order_of_row, baskets.rows] = True
    frame = pd.DataFrame(table)
    began = time.perf_counter()
    found = fpgrowth(frame, min_support=support, max_len=largest)
    seconds, peak = time.perf_counter() - began, peak_bytes() - before
    counts = (found["support"].to_numpy() * baskets.orders).round().astype(np.int64)
    sets = zip(found["itemsets"], counts, strict=True)
    return run(
        [Itemsets(np.array([list(rows)], np.int32), np.array([count])) for rows, count in sets], seconds, peak
    )


def run(found: Iterable[Itemsets], seconds: float, peak: int) -> Run:
    lines = sorted(f"{sorted(items)} {orders}" for level in found for items, orders in level.each())
    return Run(len(lines), sha256("\n".join(lines).encode()).hexdigest(), seconds, peak)


def baskets_in(path: Path) -> Baskets:
    return Baskets.of(OrderBook.from_bytes(path.read_bytes()))


def peak_bytes() -> int:
    """Of this program alone; getrusage begins with what its parent took."""
    [peak] = re.findall(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    return int(peak) * KB


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        chosen, name, share, most = sys.argv[1:]
        print(json.dumps(asdict(child(chosen, name, float(share), int(most) or None))))
