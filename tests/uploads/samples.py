"""Files as shops export them, and how they are read here."""

import os
from pathlib import Path
from typing import Final

from contracts.product import Product
from uploads import ReadOrders, ReadProducts, UploadDefaults, read_orders, read_products

DEFAULTS: Final = UploadDefaults(currency=None, time_zone="UTC", day_first=False)
SHARED: Final = Path(__file__).parents[3] / "shared" / "data"
DATA: Final = Path(os.environ.get("ASSORT_DATA", SHARED))

SHOPIFY_PRODUCTS: Final = """\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Cost per item,\
Image Src,Status
tee,Tee,<p>Soft &amp; warm</p>,Acme,Shirts,"summer, cotton",true,Size,S,TEE-S,\
shopify,5,deny,19.90,7.50,a.png,active
tee,,,,,,,,M,'TEE-M,shopify,-2,deny,21.90,,b.png,
tee,,,,,,,,,,,,,,,c.png,
mug,Mug,,Acme,Kitchen,,true,Title,Default Title,,,0,deny,9.00,,,active
cap,Cap,,Acme,Hats,,true,Title,Default Title,CAP,shopify,1,deny,15.00,,,draft
"""
SHOPIFY_ORDERS: Final = """\
Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,\
Billing Name,Cancelled at
#1001,ann@example.com,paid,EUR,2026-03-01 10:00:00 +0100,1,Tee - S,19.90,TEE-S,Ann Example,
#1001,,,,,2,Mug,9.00,,,
#1001,,,,,,,,,,
#1002,bob@example.com,refunded,EUR,2026-03-02 10:00:00 +0100,1,Mug,9.00,,Bob Example,
#1002,,,,,1,Tee - S,19.90,TEE-S,,
#1003,eve@example.com,paid,EUR,2026-03-03 10:00:00 +0100,1,Mug,9.00,,Eve Example,2026-03-04 09:00:00 +0100
"""


def products(text: str | bytes, defaults: UploadDefaults = DEFAULTS, **mapping: str) -> ReadProducts:
    return read_products(body_of(text), mapping=mapping, defaults=defaults)


def product(text: str, defaults: UploadDefaults = DEFAULTS) -> Product:
    [only] = products(text, defaults).products
    return only


def orders(text: str | bytes, defaults: UploadDefaults = DEFAULTS, **mapping: str) -> ReadOrders:
    return read_orders(body_of(text), mapping=mapping, defaults=defaults)


def lines(read: ReadOrders) -> list[tuple[str, str, float, float]]:
    """Order, product, quantity and amount of each line."""
    book = read.book
    columns = zip(book.order_of_line, book.products, book.quantities, book.amounts, strict=True)
    return [
        (book.order_ids[order], book.product_ids[sold], float(quantity), round(float(amount), 6))
        for order, sold, quantity, amount in columns
    ]


def body_of(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
