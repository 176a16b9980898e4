"""A file of deals: each one read on its own, so that a bad one spoils no other."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from contracts import InvalidEvent
from contracts.deal import Deal, read_deal
from contracts.deals import DealPublished
from contracts.event import MAX_EVENT_BYTES
from contracts.safety import SafetyScale

BETWEEN = " \t\r\n,"


@dataclass(frozen=True, slots=True)
class FeedRules:
    """What the file means where it does not say."""

    tenant: str
    currency: str
    scale: SafetyScale


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one deal, and the line where it begins; or why there is none."""

    line: int
    text: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    line: int
    event: DealPublished


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    deal: str  # its id, where that could be read
    reason: str

    def __str__(self) -> str:
        name = f" ({self.deal})" if self.deal else ""
        return f"line {self.line}{name}: {self.reason}"


def read_feed(text: str, rules: FeedRules) -> Iterator[Accepted | Refusal]:
    for piece in pieces(text):
        yield Refusal(piece.line, "", piece.error) if piece.error else read_piece(piece, rules)


def read_piece(piece: Piece, rules: FeedRules) -> Accepted | Refusal:
    try:
        deal = read_deal(piece.text, default_currency=rules.currency, default_scale=rules.scale)
        event = DealPublished(tenant=rules.tenant, deal=deal)
    except InvalidEvent as error:
        return Refusal(piece.line, _id_in(piece.text), error.words)
    size = len(event.canonical())
    if size > MAX_EVENT_BYTES:
        return Refusal(piece.line, deal.item_id, f"{size} bytes; an event holds {MAX_EVENT_BYTES} at most")
    return Accepted(piece.line, event)


def pieces(text: str) -> Iterator[Piece]:
    """The deals of a JSON list, of JSON lines, or of one JSON object."""
    text = text.removeprefix("\ufeff")
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] == "[":
        yield from _listed(text, start + 1)
    elif _is_one_object(text):
        yield Piece(_line(text, start), text)
    else:
        yield from _lines(text)


def repeated(deals: list[Deal]) -> int:
    """How many deals come later again under the same id: the last one counts."""
    return len(deals) - len({deal.item_id for deal in deals})


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
    found = (document.get("deal_id") or document.get("id") or "") if isinstance(document, dict) else ""
    return str(found)[:80]
