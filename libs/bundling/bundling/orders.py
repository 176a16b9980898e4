"""What a store sold, in columns: millions of lines fit where objects for each would not."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Index = NDArray[np.int32]
Real = NDArray[np.float64]

NOT_SAID: Final = ""  # the currency of an order that names none


@dataclass(frozen=True, slots=True)
class Sale:
    """One order. Several lines of one product are one line here."""

    order_id: str
    placed_ms: int  # since 1970, UTC
    currency: str
    lines: Sequence[tuple[str, float, float]]  # product id, quantity, amount paid (nan: not said)


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Orders by time and id, the lines of each by product. In any order they give the same book."""

    product_ids: tuple[str, ...]  # of all lines, sorted
    order_ids: tuple[str, ...]
    placed_ms: Whole
    currencies: tuple[str, ...]  # sorted
    order_currency: Index  # of each order, into `currencies`
    starts: Whole  # order i has the lines starts[i] .. starts[i + 1]
    products: Index  # of each line, into `product_ids`
    quantities: Real
    amounts: Real  # nan: not said

    @property
    def orders(self) -> int:
        return len(self.order_ids)

    @property
    def lines(self) -> int:
        return len(self.products)

    @property
    def sizes(self) -> Whole:
        """Products of each order."""
        return np.diff(self.starts)

    @property
    def order_of_line(self) -> Index:
        return np.repeat(np.arange(self.orders, dtype=np.int32), self.sizes)

    @classmethod
    def of(cls, sales: Iterable[Sale]) -> Self:
        """Orders without lines are left out; of two with one id the caller keeps the one that counts."""
        kept = sorted(
            (sale for sale in sales if sale.lines), key=lambda sale: (sale.placed_ms, sale.order_id)
        )
        product_ids, products = _numbered(line[0] for sale in kept for line in sale.lines)
        currencies, order_currency = _numbered(sale.currency for sale in kept)
        quantities = np.fromiter((line[1] for sale in kept for line in sale.lines), np.float64)
        amounts = np.fromiter((line[2] for sale in kept for line in sale.lines), np.float64)
        orders = np.repeat(np.arange(len(kept)), [len(sale.lines) for sale in kept])
        # What is summed is sorted first, so that sums do not depend on the order of lines.
        by_line = np.lexsort((amounts, quantities, products, orders))
        line = orders[by_line] * max(1, len(product_ids)) + products[by_line]
        first = np.flatnonzero(np.diff(line, prepend=-1))
        sizes = np.bincount(orders[by_line][first], minlength=len(kept))
        return cls(
            product_ids=product_ids,
            order_ids=tuple(sale.order_id for sale in kept),
            placed_ms=np.array([sale.placed_ms for sale in kept], np.int64),
            currencies=currencies,
            order_currency=order_currency,
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            products=products[by_line][first],
            quantities=_summed(quantities[by_line], first),
            amounts=_summed(amounts[by_line], first),
        )

    def until(self, as_of_ms: int) -> Self:
        """The orders placed by then."""
        return self.between(0, int(np.searchsorted(self.placed_ms, as_of_ms, side="right")))

    def between(self, first: int, end: int) -> Self:
        """Some of the orders, by their place in time; products stay as they are numbered."""
        lines = slice(int(self.starts[first]), int(self.starts[end]))
        return type(self)(
            product_ids=self.product_ids,
            order_ids=self.order_ids[first:end],
            placed_ms=self.placed_ms[first:end],
            currencies=self.currencies,
            order_currency=self.order_currency[first:end],
            starts=self.starts[first : end + 1] - self.starts[first],
            products=self.products[lines],
            quantities=self.quantities[lines],
            amounts=self.amounts[lines],
        )

    def renumbered(self, product_ids: Sequence[str]) -> Self:
        """Lines of these products alone, numbered as they are here; orders stay, even without lines."""
        place = {product_id: row for row, product_id in enumerate(product_ids)}
        new = np.array([place.get(name, -1) for name in self.product_ids], np.int32)
        rows = new[self.products] if self.lines else np.empty(0, np.int32)
        kept = rows >= 0
        order = self.order_of_line[kept]
        by_order = np.lexsort((rows[kept], order))
        counts = np.bincount(order, minlength=self.orders)
        return type(self)(
            product_ids=tuple(product_ids),
            order_ids=self.order_ids,
            placed_ms=self.placed_ms,
            currencies=self.currencies,
            order_currency=self.order_currency,
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            products=rows[kept][by_order],
            quantities=self.quantities[kept][by_order],
            amounts=self.amounts[kept][by_order],
        )

    def to_bytes(self) -> bytes:
        """A numpy archive; equal books give equal bytes."""
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **self._columns())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            texts = {name: _texts(archive[name]) for name in ("product_ids", "order_ids", "currencies")}
            rest = {name: archive[name] for name in archive.files if name not in texts}
        columns: dict[str, Any] = {**texts, **rest}
        return cls(**columns)

    def _columns(self) -> Mapping[str, NDArray[np.generic]]:
        return {
            "product_ids": _packed(self.product_ids),
            "order_ids": _packed(self.order_ids),
            "placed_ms": self.placed_ms,
            "currencies": _packed(self.currencies),
            "order_currency": self.order_currency,
            "starts": self.starts,
            "products": self.products,
            "quantities": self.quantities,
            "amounts": self.amounts,
        }


def _numbered(texts: Iterable[str]) -> tuple[tuple[str, ...], Index]:
    """The distinct texts, sorted, and the place of each among them."""
    given = list(texts)
    distinct = tuple(sorted(set(given)))
    place = {text: row for row, text in enumerate(distinct)}
    return distinct, np.fromiter((place[text] for text in given), np.int32, len(given))


def _summed(values: Real, first: Whole) -> Real:
    return np.add.reduceat(values, first) if len(first) else values


def _packed(texts: Sequence[str]) -> NDArray[np.generic]:
    """Texts end to end with NUL between them: numpy pads each to the longest, which ids do not deserve."""
    return np.frombuffer("\0".join(texts).encode(), np.uint8) if texts else np.empty(0, np.uint8)


def _texts(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(packed.tobytes().decode().split("\0")) if len(packed) else ()
