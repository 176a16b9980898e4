"""Real shops as order books and catalogues, from ASSORT_DATA or, in a checkout, ../shared/data."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from bundling.catalog import Catalog
from bundling.orders import NOT_SAID, OrderBook, Sale
from contracts.product import Product

DATA = Path(os.environ.get("ASSORT_DATA") or Path(__file__).parents[3] / "shared" / "data")
DAY_MS: Final = 86_400_000
UNKNOWN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class RealStore:
    """Its book is numbered by catalogue row."""

    name: str
    book: OrderBook
    catalog: Catalog


def adventure_works() -> RealStore:
    """Bicycles: few products in many variants. An order is an OrderNumber."""
    folder = DATA / "adventureworks_dw"
    products = [
        Product(
            product_id=row["ProductKey"],
            name=row["ProductName"],
            category=row["ProductSubcategoryKey"],
            price=float(row["ProductPrice"]),
            cost=float(row["ProductCost"]),
            variant_of=row["ModelName"],
        )
        for row in _rows(folder / "AdventureWorks_Products.csv")
    ]
    lines = (
        (row["OrderNumber"], _ms(row["OrderDate"], "%m/%d/%Y"), row["ProductKey"])
        for year in (2017, 2018, 2019)
        for row in _rows(folder / f"AdventureWorks_Sales_{year}.csv")
    )
    return _store("AdventureWorks", products, lines)


def foodmart() -> RealStore:
    """Groceries of all its branches. An order is what one customer bought in one branch on one day."""
    folder = DATA / "foodmart"
    classes = {row["product_class_id"]: row for row in _rows(folder / "product_class.csv")}
    products = [
        Product(
            product_id=row["product_id"],
            name=row["product_name"],
            brand=row["brand_name"],
            category=classes[row["product_class_id"]]["product_subcategory"],
            price=float(row["SRP"]),
        )
        for row in _rows(folder / "product.csv")
    ]
    lines = (
        (
            f"{row['time_id']}/{row['customer_id']}/{row['store_id']}",
            int(row["time_id"]) * DAY_MS,
            row["product_id"],
        )
        for row in _rows(folder / "sales_fact_1997.csv")
    )
    return _store("FoodMart", products, lines)


def online_retail() -> RealStore:
    """A wholesaler of gifts: long orders, no categories, no variants. What was taken back is left out."""
    names: dict[str, str] = {}
    lines: list[tuple[str, int, str]] = []
    for path in sorted((DATA / "online_retail_byday").glob("*.csv")):
        for row in _rows(path):
            code = row["StockCode"].upper()
            sold = float(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
            if sold and code[:5].isdigit() and not row["InvoiceNo"].startswith("C"):
                names.setdefault(code, row["Description"] or code)
                lines.append((row["InvoiceNo"], _ms(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S"), code))
    products = [Product(product_id=code, name=name) for code, name in names.items()]
    return _store("Online Retail", products, lines)


def _store(name: str, products: list[Product], lines: Iterable[tuple[str, int, str]]) -> RealStore:
    catalog = Catalog.of(products, np.empty((len(products), 0), np.float32))
    sold: defaultdict[str, list[str]] = defaultdict(list)
    placed: dict[str, int] = {}
    for order_id, placed_ms, product_id in lines:
        sold[order_id].append(product_id)
        placed[order_id] = min(placed_ms, placed.get(order_id, placed_ms))
    book = OrderBook.of(
        Sale(order_id, placed[order_id], NOT_SAID, [(product_id, 1.0, UNKNOWN) for product_id in bought])
        for order_id, bought in sold.items()
    )
    return RealStore(name, book.renumbered(catalog.product_ids), catalog)


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from csv.DictReader(file)


def _ms(text: str, form: str) -> int:
    return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() * 1000)
