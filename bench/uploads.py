"""How long files that are brought take to read, and how much memory: python -m bench.uploads

A million rows of orders, then 200,000 products, each in a process of its own, on one core.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator

ORDER_ROWS, PRODUCT_ROWS = 1_000_000, 200_000


def order_rows() -> Iterator[str]:
    yield "order_id,date,sku,qty,price"
    for number in range(ORDER_ROWS):
        order = number // 5
        moment = f"2026-0{1 + order % 9}-{1 + order % 28:02} 1{order % 10}:00:00"
        yield f"O-{order},{moment},SKU-{number * 7919 % 10_000},{1 + number % 3},{5 + number % 90}.50"


def product_rows() -> Iterator[str]:
    yield "sku,title,category,price,cost,stock"
    for number in range(PRODUCT_ROWS):
        price, cost, stock = 9 + number % 90, 4 + number % 40, number % 50
        yield f"SKU-{number},Thing {number},Shelf {number % 40},{price}.90,{cost},{stock}"


def measure(rows: Callable[[], Iterator[str]]) -> tuple[int, float, float]:
    from uploads import UploadDefaults, read_orders, read_products  # noqa: PLC0415 - in the child alone

    defaults = UploadDefaults(currency="EUR", time_zone="UTC", day_first=False)
    body = ("\n".join(rows()) + "\n").encode()
    read = read_orders if rows is order_rows else read_products
    began = time.monotonic()
    kept = read(body, mapping={}, defaults=defaults).report.kept
    return kept, time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    context = multiprocessing.get_context("spawn")
    for name, rows in (("orders", order_rows), ("products", product_rows)):
        with context.Pool(1) as pool:
            kept, seconds, gigabytes = pool.apply(measure, (rows,))
        print(f"{name}: {kept} rows kept in {seconds:.1f} s, peak {gigabytes:.2f} GB, the file in memory too")


if __name__ == "__main__":
    main()
