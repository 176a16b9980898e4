"""Which column of a file is which of ours: as told, else by the names that shops use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import InvalidEvent

MAX_NAMES: Final = 40  # of columns in a message
MAX_NAME: Final = 60  # characters of each


@dataclass(frozen=True, slots=True)
class Column:
    name: str  # ours
    names: tuple[str, ...]  # in files, the best first; case, spaces and signs are ignored
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where our columns stand. Beyond the last cell of a row there is an empty one for those that do not."""

    header: tuple[str, ...]
    places: Mapping[str, int]

    def of(self, name: str) -> int:
        return self.places.get(name, len(self.header))

    def has(self, name: str) -> bool:
        return name in self.places

    def some(self, *names: str) -> tuple[int, ...]:
        return tuple(self.places[name] for name in names if name in self.places)

    def shown(self, cells: Sequence[str], *, sound: bool) -> list[str]:
        """Of a row that is rejected. Where cells may be shifted, any of them may tell of a person."""
        return [cells[place] for place in sorted(self.places.values())] if sound else []

    def remark(self) -> str:
        pairs = [f"{name} from {self.header[place][:MAX_NAME]!r}" for name, place in self.places.items()]
        return f"Columns read: {', '.join(pairs)}."


PRODUCT_COLUMNS: Final = (
    Column(
        "product_id",
        (
            "product_id", "variant_sku", "product_key", "item_id", "sku", "product_sku", "stock_code",
            "item_number", "product_number", "asin", "id",
        ),
        needed=True,
    ),
    Column("name", ("name", "title", "product_name", "product_title", "item_name"), needed=True),
    Column("brand", ("brand", "vendor", "manufacturer")),
    Column("category", ("category", "product_category", "category_name")),
    Column("product_type", ("product_type", "type")),
    Column("description", ("description", "desc", "product_description", "body_html")),
    Column("features", ("features", "tags")),
    Column("price", ("price", "variant_price", "unit_price", "list_price", "product_price", "price_usd")),
    Column("currency", ("currency", "currency_code", "cur")),
    Column("cost", ("cost", "cost_per_item", "unit_cost", "standard_cost", "product_cost")),
    Column(
        "inventory",
        ("inventory", "stock", "variant_inventory_qty", "inventory_quantity", "units_in_stock", "on_hand"),
    ),
    Column("launched_at", ("launched_at", "created_at", "published_at", "launch_date", "sell_start_date")),
    Column("variant_of", ("variant_of", "handle", "url_handle", "parent_id", "parent_sku")),
    Column("status", ("status",)),
    Column("published", ("published", "published_on_online_store")),
    Column("option1", ("option1_value",)),
    Column("option2", ("option2_value",)),
    Column("option3", ("option3_value",)),
    Column("tracker", ("variant_inventory_tracker", "inventory_tracker")),
    Column("sold_without_stock", ("variant_inventory_policy", "continue_selling_when_out_of_stock")),
)  # fmt: skip
ORDER_COLUMNS: Final = (
    Column(
        "order_id",
        (
            "order_id", "order_number", "order_no", "invoice", "invoice_no", "invoice_id", "invoice_number",
            "sales_order_number", "transaction_id", "name", "id",
        ),
        needed=True,
    ),
    Column(
        "placed_at",
        (
            "placed_at", "ordered_at", "order_date", "created_at", "invoice_date", "purchased_at",
            "transaction_date", "date", "timestamp",
        ),
        needed=True,
    ),
    Column(
        "product_id",
        (
            "product_id", "lineitem_sku", "product_key", "item_id", "sku", "product_sku", "variant_sku",
            "stock_code", "item_number", "product_number", "asin", "product",
        ),
        needed=True,
    ),
    Column("item_name", ("lineitem_name",)),
    Column("quantity", ("quantity", "qty", "lineitem_quantity", "order_quantity", "units")),
    Column("unit_price", ("unit_price", "lineitem_price", "item_price", "price", "price_each")),
    Column("currency", ("currency", "currency_code", "cur")),
    Column("cancelled", ("cancelled", "canceled", "cancelled_at", "canceled_at", "is_cancelled")),
    Column("status", ("financial_status", "order_status", "status")),
)  # fmt: skip


def signs_only(name: str) -> str:
    """A name without the differences that mean nothing."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def known(header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]) -> int:
    """How many names of a header mean something here."""
    wanted = {signs_only(name) for column in columns for name in column.names}
    wanted |= {signs_only(name) for name in mapping.values()}
    return len(wanted & {signs_only(name) for name in header})


def find(header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]) -> Places:
    told = {name: _told(header, columns, name, wanted) for name, wanted in mapping.items()}
    first = {signs_only(name): place for place, name in reversed(list(enumerate(header)))}
    free = {name: place for name, place in first.items() if place not in told.values()}
    places: dict[str, int] = {}
    for column in columns:
        guesses = [free[sign] for sign in map(signs_only, column.names) if sign in free]
        if column.name in told:
            places[column.name] = told[column.name]
        elif guesses:
            places[column.name] = guesses[0]
    _check_needed(header, columns, places)
    return Places(tuple(header), places)


def _told(header: Sequence[str], columns: Sequence[Column], name: str, wanted: str) -> int:
    if name not in {column.name for column in columns}:
        ours = ", ".join(column.name for column in columns)
        raise InvalidEvent("column_unknown", f"{name[:MAX_NAME]!r} is no column of ours; ours are {ours}")
    same = [place for place, title in enumerate(header) if title == wanted.strip()]
    alike = [place for place, title in enumerate(header) if signs_only(title) == signs_only(wanted)]
    if not same + alike:
        words = f"the file has no column {wanted[:MAX_NAME]!r}, which was to be {name}; {_listed(header)}"
        raise InvalidEvent("column_unknown", words)
    return (same + alike)[0]


def _check_needed(header: Sequence[str], columns: Sequence[Column], places: Mapping[str, int]) -> None:
    missing = [column.name for column in columns if column.needed and column.name not in places]
    if missing:
        hint = f'say which one it is, as in --column {missing[0]}="its name in the file"'
        words = f"no column is known as {', '.join(missing)}; {_listed(header)}; {hint}"
        raise InvalidEvent("column_missing", words)


def _listed(header: Sequence[str]) -> str:
    names = ", ".join(repr(name[:MAX_NAME]) for name in header[:MAX_NAMES])
    more = f" and {len(header) - MAX_NAMES} more" if len(header) > MAX_NAMES else ""
    return f"it has {names}{more}"
