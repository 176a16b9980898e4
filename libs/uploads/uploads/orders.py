"""An order book out of a file with a row for each line of an order."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from bundling.orders import NOT_SAID, OrderBook, Sale
from contracts.product import MAX_ID
from uploads.cells import Readers
from uploads.columns import ORDER_COLUMNS, Places, find
from uploads.defaults import UploadDefaults
from uploads.heads import Heads
from uploads.report import Report, RowCode, Skip, Tally, Unreadable, quoted
from uploads.table import Table, open_table

MAX_QUANTITY: Final = 1e9  # as of a line in an event

Line = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class ReadOrders:
    book: OrderBook
    report: Report


def read_orders(body: bytes, *, mapping: Mapping[str, str], defaults: UploadDefaults) -> ReadOrders:
    """Raises InvalidEvent where the file cannot be used at all."""
    zone = defaults.zone()
    table = open_table(body, ORDER_COLUMNS, mapping)
    places = find(table.header, ORDER_COLUMNS, mapping)
    numbers = ("quantity", "unit_price")
    readers = Readers.of(table, places, numbers, "placed_at", zone, day_first=defaults.day_first)
    heads = Heads.of(table, places, readers)
    tally = Tally()
    lines = OrderLines.of(places, readers, heads).read(table, tally)
    book = OrderBook.of(_sales(lines, heads, defaults.currency or NOT_SAID))
    remarks = [places.remark(), *table.remarks, *readers.remarks, *_remarks(places, heads, lines, book)]
    return ReadOrders(book, tally.report(remarks))


@dataclass(frozen=True, slots=True)
class OrderLines:
    """Judges one row after the other; what an order says as a whole is known by then."""

    heads: Heads
    readers: Readers
    places: Places
    may_lack_items: bool  # as rows of payments do in exports of Shopify
    product_ids: dict[str, str]  # one text for each, however many lines have it
    product: int
    item_name: int
    quantity: int
    price: int

    @classmethod
    def of(cls, places: Places, readers: Readers, heads: Heads) -> Self:
        spots = (places.of(name) for name in ("product_id", "item_name", "quantity", "unit_price"))
        return cls(heads, readers, places, places.has("item_name"), {}, *spots)

    def read(self, table: Table, tally: Tally) -> dict[str, list[Line]]:
        lines: dict[str, list[Line]] = {}
        for at, cells, fault in table.rows():
            tally.rows += 1
            try:
                if fault is not None:
                    raise fault
                order_id = cells[self.heads.order].strip()
                told = self._skip(cells, order_id) or self._line(cells)
            except Unreadable as why:
                shown = self.places.shown(cells, sound=fault is None)
                tally.reject(at, why, shown)
                continue
            if isinstance(told, Skip):
                tally.skips[told] += 1
            else:
                tally.kept += 1
                lines.setdefault(order_id, []).append(told)
        return lines

    def _skip(self, cells: Sequence[str], order_id: str) -> Skip | None:
        """Raises Unreadable where the order is wrong as a whole."""
        head = self.heads.head(order_id)
        if head.cancelled:
            return Skip.CANCELLED
        if self.places.has("item_name") and not (
            cells[self.product].strip() or cells[self.item_name].strip()
        ):
            return Skip.NO_ITEM
        if head.two_currencies:
            raise Unreadable(RowCode.TWO_CURRENCIES, f"order {quoted(order_id)} has more than one currency")
        self.heads.dates.must(cells[self.heads.placed])
        self.heads.codes.must(cells[self.heads.currency])
        if head.placed_ms is None:
            raise Unreadable(RowCode.NO_DATE, f"order {quoted(order_id)} has no date")
        return None

    def _line(self, cells: Sequence[str]) -> Line | Skip:
        named = cells[self.product].strip() or cells[self.item_name].strip()
        product_id = self.product_ids.setdefault(named, named)
        if not product_id:
            raise Unreadable(RowCode.NO_ID, "the row names no product")
        if len(product_id) > MAX_ID:
            raise Unreadable(RowCode.UNFIT, f"the product id has more than {MAX_ID} characters")
        quantity = self._quantity(cells)
        if quantity < 0:
            return Skip.RETURN
        return product_id, quantity, quantity * self._price(cells)

    def _quantity(self, cells: Sequence[str]) -> float:
        quantity = self.readers.number.must(cells[self.quantity])
        if quantity is None:
            return 1.0
        if quantity == 0:
            raise Unreadable(RowCode.ZERO_QUANTITY, "the quantity is zero")
        if quantity > MAX_QUANTITY:
            raise Unreadable(RowCode.UNFIT, f"the quantity is over {MAX_QUANTITY:,.0f}")
        return quantity

    def _price(self, cells: Sequence[str]) -> float:
        price = self.readers.money.must(cells[self.price])
        if price is None:
            return math.nan
        if price.amount < 0:
            raise Unreadable(RowCode.NEGATIVE, f"the price {quoted(cells[self.price].strip())} is negative")
        return price.amount


def _sales(lines: Mapping[str, list[Line]], heads: Heads, currency: str) -> Iterator[Sale]:
    for order_id, sold in lines.items():
        head = heads.head(order_id)
        if head.placed_ms is not None:
            in_order = sorted(sold)  # sums of fractions depend on their order in the last figure
            yield Sale(order_id, head.placed_ms, head.currency or currency, in_order)


def _remarks(places: Places, heads: Heads, lines: Mapping[str, list[Line]], book: OrderBook) -> Iterator[str]:
    if not places.has("quantity"):
        yield "No column of quantities: each row counts one."
    repeated = sum(map(len, lines.values())) - book.lines
    if repeated:
        yield f"Lines of a product that their order has already: {repeated:,}. They count together."
    two_dates = sum(heads.head(order_id).two_dates for order_id in lines)
    if two_dates:
        yield f"Orders whose rows differ in date: {two_dates:,}. The earliest counts."
    alike = len(book.product_ids) - len({name.casefold() for name in book.product_ids})
    if alike:
        yield f"Product ids like another but for capital letters: {alike:,}. They stay apart."
