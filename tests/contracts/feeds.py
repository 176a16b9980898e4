"""Deals as feeds publish them."""

import json
from typing import Any

# The example of the requirement document, word for word.
PLAIN: dict[str, Any] = {
    "deal_id": "3001",
    "deal_name": "Premium CTV Auto Inventory",
    "ssp_name": "BidSwitch",
    "format": "video",
    "taxonomy": {"tier1": "Automotive", "tier2": "Auto Parts & Accessories", "tier3": "Auto Repair"},
    "concepts": ["auto", "luxury", "premium"],
    "safety": {"garm_risk_rating": "Low", "family_safe": True},
    "audience": {
        "inferred_audience": ["Auto Intenders", "Luxury Shoppers"],
        "demographic_hint": "25-54, High Income",
    },
    "commercial": {"quality_tier": "Premium", "volume_tier": "High", "floor_price": 5.50},
    "publishers": ["Paramount", "Disney+"],
}

# The same kind of thing under the names of the IAB Deals API 1.0.
DEALS_API: dict[str, Any] = {
    "origin": "openx.com",
    "id": "OX-77",
    "name": "Auto video",
    "desc": "Cars, parts and repairs",
    "seller": "autos.example",
    "adtypes": [2],
    "wseat": ["seat-2", "seat-1"],
    "auxdata": 1,
    "sellerstatus": 0,
    "terms": {
        "dealfloor": 12,
        "cur": "EUR",
        "pricetype": 3,
        "guar": 0,
        "startdate": "2026-01-01T00:00:00Z",
        "enddate": "2026-06-30T23:59:59+02:00",
        "countries": ["DEU", "AUT"],
    },
    "inventory": {
        "cat": ["32", "34"],
        "cattax": 6,
        "inclinventory": [1, 2],
        "devicetype": [3],
        "sitedomains": ["Autos.example"],
        "pubcount": 1,
        "dinventory": 1,
    },
    "curation": {"curator": "curator.example", "cdealid": "C-1", "curfeetype": 2},
}


def body(deal: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**deal, **changes}).encode()
