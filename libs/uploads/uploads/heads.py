"""What an order says as a whole, gathered from all its rows: exports often say it in one of them alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from contracts.order import MAX_ORDER_ID
from uploads.amounts import currency_code
from uploads.cells import Once, Readers
from uploads.columns import Places, signs_only
from uploads.report import RowCode, Unreadable
from uploads.table import Table

NOT_CANCELLED: Final = frozenset({"", "false", "no", "n", "0", "f", "none", "null", "nan", "nat", "-", "n/a"})
UNDONE: Final = frozenset({"cancelled", "canceled", "refunded", "voided", "failed"})
CREDIT: Final = re.compile(r"[Cc][0-9]+")  # of an invoice where others are plain numbers
PLAIN_NUMBER: Final = re.compile(r"[0-9]+")


@dataclass(slots=True)
class Head:
    placed_ms: int | None = None
    currency: str = ""
    cancelled: bool = False
    two_dates: bool = False
    two_currencies: bool = False

    def place(self, placed_ms: int) -> None:
        if self.placed_ms is None:
            self.placed_ms = placed_ms
        elif placed_ms != self.placed_ms:
            self.two_dates = True
            self.placed_ms = min(placed_ms, self.placed_ms)

    def pay_in(self, currency: str) -> None:
        self.two_currencies |= self.currency not in ("", currency)
        self.currency = currency


@dataclass(frozen=True, slots=True)
class Heads:
    heads: dict[str, Head] = field(repr=False)
    dates: Once[int]
    codes: Once[str]
    readers: Readers
    order: int
    placed: int
    currency: int
    price: int
    cancelled: int
    status: int

    @classmethod
    def of(cls, table: Table, places: Places, readers: Readers) -> Self:
        names = ("order_id", "placed_at", "currency", "unit_price", "cancelled", "status")
        spots = (places.of(name) for name in names)
        heads = cls({}, Once(readers.dates.milliseconds), Once(currency_code), readers, *spots)
        for _, cells, fault in table.rows():
            if fault is None:
                heads.take(cells)
        heads.cancel_credits()
        return heads

    def head(self, order_id: str) -> Head:
        """Raises Unreadable where the id is no id."""
        if not order_id:
            raise Unreadable(RowCode.NO_ID, "the row has no order id")
        if len(order_id) > MAX_ORDER_ID:
            raise Unreadable(RowCode.UNFIT, f"the order id has more than {MAX_ORDER_ID} characters")
        return self.heads[order_id]

    def take(self, cells: Sequence[str]) -> None:
        order_id = cells[self.order].strip()
        head = self.heads.get(order_id)
        if head is None:
            head = self.heads[order_id] = Head()
        placed_ms = self.dates.maybe(cells[self.placed])
        if placed_ms is not None:
            head.place(placed_ms)
        for currency in (self.codes.maybe(cells[self.currency]), self._sign(cells[self.price])):
            if currency:
                head.pay_in(currency)
        if cells[self.cancelled] or cells[self.status]:
            head.cancelled |= is_cancelled(cells[self.cancelled], cells[self.status])

    def cancel_credits(self) -> None:
        """C536379 undoes a purchase where other ids are plain numbers, and means nothing elsewhere."""
        if any(map(PLAIN_NUMBER.fullmatch, self.heads)):
            for order_id, head in self.heads.items():
                head.cancelled |= CREDIT.fullmatch(order_id) is not None

    def _sign(self, cell: str) -> str:
        price = self.readers.money.maybe(cell)
        return price.currency if price is not None else ""


def is_cancelled(cancelled: str, status: str) -> bool:
    return cancelled.strip().casefold() not in NOT_CANCELLED or signs_only(status) in UNDONE
