"""Products out of a file with a row for each; in exports of Shopify a row for each variant."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from pydantic import ValidationError

from contracts.event import describe
from contracts.product import MAX_DESCRIPTION, Product
from uploads.amounts import currency_code
from uploads.cells import Once, Readers
from uploads.columns import PRODUCT_COLUMNS, Places, find, signs_only
from uploads.defaults import UploadDefaults
from uploads.families import Families
from uploads.report import Report, RowCode, Skip, Tally, Unreadable, quoted
from uploads.table import Table, open_table

OFF_SALE: Final = frozenset({"draft", "archived", "inactive", "discontinued", "disabled"})
UNPUBLISHED: Final = frozenset({"false", "no", "0", "n"})
WITHOUT_STOCK: Final = frozenset({"continue", "true"})
LISTED: Final = re.compile(r"[,;|]")
TAG: Final = re.compile(r"</?[A-Za-z][^>]*>")

NAMED: Final = "without SKU: their name is their id, as in the lines of Shopify's orders."
OVERSOLD: Final = "with a negative stock: nothing is there."
CUT: Final = f"with a description of over {MAX_DESCRIPTION:,} characters: the rest is left out."


@dataclass(frozen=True, slots=True)
class ReadProducts:
    products: tuple[Product, ...]  # sorted by id
    report: Report


def read_products(body: bytes, *, mapping: Mapping[str, str], defaults: UploadDefaults) -> ReadProducts:
    """Raises InvalidEvent where the file cannot be used at all. Of two rows with one id the first counts."""
    zone = defaults.zone()
    table = open_table(body, PRODUCT_COLUMNS, mapping)
    places = find(table.header, PRODUCT_COLUMNS, mapping)
    numbers = ("price", "cost", "inventory")
    readers = Readers.of(table, places, numbers, "launched_at", zone, day_first=defaults.day_first)
    rows, tally = ProductRows.of(table, places, readers, defaults.currency), Tally()
    products = _read(table, rows, tally)
    remarks = [places.remark(), *table.remarks, *readers.remarks]
    in_order = tuple(products[item_id] for item_id in sorted(products))
    return ReadProducts(in_order, tally.report(remarks))


def _read(table: Table, rows: "ProductRows", tally: Tally) -> dict[str, Product]:
    products: dict[str, Product] = {}
    for line, cells, fault in table.rows():
        tally.rows += 1
        try:
            if fault is not None:
                raise fault
            told = rows.skip(cells) or _unlike(rows.product(cells, tally), products)
        except Unreadable as why:
            tally.reject(line, why, rows.places.shown(cells, sound=fault is None))
            continue
        if isinstance(told, Skip):
            tally.skips[told] += 1
        else:
            tally.kept += 1
            products[told.item_id] = told
    return products


def _unlike(product: Product, products: Mapping[str, Product]) -> Product | Skip:
    before = products.get(product.item_id)
    if before is None:
        return product
    if before == product:
        return Skip.REPEATED
    words = f"{quoted(product.item_id)} is the id of an earlier row that says something else"
    raise Unreadable(RowCode.DUPLICATE_ID, words)


@dataclass(frozen=True, slots=True)
class ProductRows:
    places: Places
    readers: Readers
    families: Families
    dates: Once[datetime]
    currency: str | None  # where a row names none

    @classmethod
    def of(cls, table: Table, places: Places, readers: Readers, currency: str | None) -> Self:
        return cls(places, readers, Families.of(table, places), Once(readers.dates.moment), currency)

    def skip(self, cells: Sequence[str]) -> Skip | None:
        if self.families.is_picture(cells):
            return Skip.PICTURE
        status = signs_only(self.families.cell(cells, "status"))
        published = signs_only(self.families.cell(cells, "published"))
        return Skip.OFF_SALE if status in OFF_SALE or published in UNPUBLISHED else None

    def product(self, cells: Sequence[str], tally: Tally) -> Product:
        cell = self.families.cell
        name = self.families.full_name(cells)
        if not name:
            raise Unreadable(RowCode.NO_NAME, "the row names no product")
        own_id = self._id(cells)
        price, cost, stock = self._amount(cells, "price"), self._amount(cells, "cost"), self._stock(cells)
        category = cell(cells, "category") or cell(cells, "product_type")
        description = self._description(cell(cells, "description"))
        try:
            product = Product(
                product_id=own_id or name,
                name=name,
                brand=cell(cells, "brand") or None,
                category=category or None,
                description=description[:MAX_DESCRIPTION] or None,
                features=_listed(cell(cells, "features")),
                price=price,
                currency=self._currency(cells),
                cost=cost,
                inventory=None if stock is None else max(stock, 0.0),
                launched_at=self.dates.must(cells[self.places.of("launched_at")]),
                variant_of=cells[self.places.of("variant_of")].strip() or None,
            )
        except ValidationError as error:
            raise Unreadable(RowCode.UNFIT, describe(error)) from error
        notes = {NAMED: not own_id, OVERSOLD: (stock or 0) < 0, CUT: len(description) > MAX_DESCRIPTION}
        tally.notes.update(note for note, holds in notes.items() if holds)
        return product

    def _id(self, cells: Sequence[str]) -> str:
        said = cells[self.places.of("product_id")].strip()
        if self.families.is_shopify:
            return said.removeprefix("'")  # so that spreadsheets take it for text
        if not said:
            raise Unreadable(RowCode.NO_ID, "the row has no product id")
        return said

    def _amount(self, cells: Sequence[str], name: str) -> float | None:
        said = self.readers.money.must(cells[self.places.of(name)])
        if said is not None and said.amount < 0:
            raise Unreadable(RowCode.NEGATIVE, f"the {name} {said.amount:g} is negative")
        return None if said is None else said.amount

    def _stock(self, cells: Sequence[str]) -> float | None:
        """None: it is not counted, or can be sold without being there."""
        stock = self.readers.number.must(cells[self.places.of("inventory")])
        is_tracked = not self.places.has("tracker") or cells[self.places.of("tracker")].strip()
        anyway = signs_only(cells[self.places.of("sold_without_stock")]) in WITHOUT_STOCK
        if stock is None or not is_tracked or (anyway and stock <= 0):
            return None
        return stock

    def _currency(self, cells: Sequence[str]) -> str | None:
        codes = {currency_code(cells[self.places.of("currency")])}
        codes |= {self._sign(cells, "price"), self._sign(cells, "cost")}
        said = sorted(codes - {""})
        if len(said) > 1:
            raise Unreadable(RowCode.TWO_CURRENCIES, f"the row speaks of {' and '.join(said)}")
        return said[0] if said else self.currency

    def _sign(self, cells: Sequence[str], name: str) -> str:
        said = self.readers.money.must(cells[self.places.of(name)])
        return "" if said is None else said.currency

    def _description(self, text: str) -> str:
        if not self.families.is_shopify:
            return text
        return " ".join(html.unescape(TAG.sub(" ", text)).split())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(stripped for part in LISTED.split(text) if (stripped := part.strip()))
