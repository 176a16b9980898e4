"""A file of deals or of products: each one read on its own, so that a bad one spoils no other."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts import InvalidEvent
from contracts.bundles import OrderPlaced
from contracts.deal import read_deal
from contracts.deals import DealPublished, ItemKind
from contracts.event import MAX_EVENT_BYTES
from contracts.order import read_order
from contracts.product import read_product
from contracts.products import ProductPublished
from contracts.safety import SafetyScale

BETWEEN = " \t\r\n,"
FeedKind = ItemKind | Literal["order"]
FeedEvent = DealPublished | ProductPublished | OrderPlaced
EVENTS: Mapping[FeedKind, type[FeedEvent]] = {
    "deal": DealPublished,
    "product": ProductPublished,
    "order": OrderPlaced,
}
HEADS = {"product_id", "id", "sku", "asin", "deal_id"}  # a table has one of these columns


@dataclass(frozen=True, slots=True)
class FeedRules:
    """What the file means where it does not say."""

    tenant: str
    currency: str
    scale: SafetyScale
    kind: FeedKind = "deal"


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one item, and the line where it begins; or why there is none."""

    line: int
    text: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    line: int
    event: FeedEvent

    @property
    def item_id(self) -> str:
        return self.event.entity


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    item: str  # its id, where that could be read
    reason: str

    def __str__(self) -> str:
        name = f" ({self.item})" if self.item else ""
        return f"line {self.line}{name}: {self.reason}"


def read_feed(text: str, rules: FeedRules) -> Iterator[Accepted | Refusal]:
    for piece in pieces(text):
        yield Refusal(piece.line, "", piece.error) if piece.error else read_piece(piece, rules)


def read_piece(piece: Piece, rules: FeedRules) -> Accepted | Refusal:
    try:
        event = _event(piece.text, rules)
    except InvalidEvent as error:
        return Refusal(piece.line, _id_in(piece.text), error.words)
    size = len(event.canonical())
    if size > MAX_EVENT_BYTES:
        return Refusal(piece.line, event.entity, f"{size} bytes; an event holds {MAX_EVENT_BYTES} at most")
    return Accepted(piece.line, event)


def _event(text: str, rules: FeedRules) -> FeedEvent:
    if rules.kind == "order":
        return OrderPlaced(tenant=rules.tenant, order=read_order(text))
    if rules.kind == "product":
        return ProductPublished(tenant=rules.tenant, product=read_product(text))
    deal = read_deal(text, default_currency=rules.currency, default_scale=rules.scale)
    return DealPublished(tenant=rules.tenant, deal=deal)


def pieces(text: str) -> Iterator[Piece]:
    """The items of a JSON list, of JSON lines, of one JSON object, or of a table with a head."""
    text = text.removeprefix("\ufeff")
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] == "[":
        yield from _listed(text, start + 1)
    elif _is_one_object(text):
        yield Piece(_line(text, start), text)
    elif _is_table(text):
        yield from _rows(text)
    else:
        yield from _lines(text)


def repeated(good: Sequence[Accepted]) -> int:
    """How many items come later again under the same id: the last one counts."""
    return len(good) - len({one.item_id for one in good})


def _listed(text: str, at: int) -> Iterator[Piece]:
    decoder = json.JSONDecoder()
    while True:
        while at < len(text) and text[at] in BETWEEN:
            at += 1
        if at == len(text):
            yield Piece(_line(text, at), "", "the list has no end: is the file cut off?")
            return
        if text[at] == "]":
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            words = getattr(error, "msg", "nested too deeply")
            line = getattr(error, "lineno", _line(text, at))
            yield Piece(line, "", f"no JSON ({words}); nothing after this line was read")
            return
        yield Piece(_line(text, at), text[at:end])
        at = end


def _lines(text: str) -> Iterator[Piece]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Piece(number, line)


def _rows(text: str) -> Iterator[Piece]:
    """Of a CSV file: a cell that is empty says nothing."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        if None in row:
            yield Piece(reader.line_num, "", "more cells than the head has columns")
            continue
        said = {str(name).strip(): cell for name, cell in row.items() if cell}
        yield Piece(reader.line_num, json.dumps(said, ensure_ascii=False))


def _is_table(text: str) -> bool:
    head = {name.strip().strip('"') for name in text.lstrip().partition("\n")[0].split(",")}
    return len(head) > 1 and bool(head & HEADS)


def _is_one_object(text: str) -> bool:
    first = text.strip().partition("\n")[0].rstrip()
    return first == "{" or (first.startswith("{") and not first.endswith("}"))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _id_in(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    named = document if isinstance(document, dict) else {}
    return str(
        next((named[name] for name in ("deal_id", "order_id", "product_id", "id") if named.get(name)), "")
    )[:80]
