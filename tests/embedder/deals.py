"""Deals for tests, small enough to see through."""

from typing import Any

from contracts import canonical
from contracts.deal import Deal, read_deal
from contracts.deals import DealPublished

TOPICS = ("Automotive", "Sports", "Cooking", "Travel", "Finance")


def plain_deal(deal_id: int | str, *, name: str = "", **fields: Any) -> bytes:
    """A deal in the plain form that feeds send."""
    number = int(deal_id) if str(deal_id).isdecimal() else 0
    topic = TOPICS[number % len(TOPICS)]
    return canonical(
        {
            "deal_id": deal_id,
            "deal_name": name or f"{topic} deal {deal_id}",
            "ssp_name": "BidSwitch",
            "format": "video",
            "concepts": [topic.lower()],
            **fields,
        }
    )


def deal(deal_id: int | str, **fields: Any) -> Deal:
    return read_deal(plain_deal(deal_id, **fields))


def published(deal_id: int | str, *, tenant: str = "main", **fields: Any) -> DealPublished:
    return DealPublished(tenant=tenant, deal=deal(deal_id, **fields))


def item(deal_id: int | str) -> str:
    return f"bidswitch.com/{deal_id}"
