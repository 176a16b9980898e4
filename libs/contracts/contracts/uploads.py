"""Files of products and orders that people bring instead of events."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity, Event, derived_id
from contracts.order import DEFAULT_STORE, Store
from contracts.reference import Reference
from contracts.terms import Currency

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
Columns = Annotated[Mapping[str, ColumnName], Field(max_length=50)]


class UploadReading(Entity):
    """How the files are to be read, where they do not say it themselves."""

    product_columns: Columns = Field(default={}, description="Our name of a column -> its name in the file.")
    order_columns: Columns = Field(default={}, description="Our name of a column -> its name in the file.")
    currency: Currency | None = Field(default=None, description="Where rows name none.")
    time_zone: str = Field(default="UTC", max_length=64, description="Of times without one (IANA name).")
    day_first: bool = Field(default=False, description="Of dates that can be read both ways, like 3/4/2026.")


class UploadReceived(Event):
    """Files are in the object store and may be read. Equal files, read the same way, are one upload."""

    topic: ClassVar[str] = "upload.received.v1"

    csv_upload_id: UUID
    store: Store = DEFAULT_STORE
    products: Reference
    orders: Reference | None = Field(default=None, description="Null: a store without orders.")
    reading: UploadReading = UploadReading()
    by: str = Field(default="", max_length=200, description="Who brought them.")

    @property
    def entity(self) -> str:
        return str(self.csv_upload_id)


class FileReport(Entity):
    """What became of the rows of a file: each was kept, skipped or rejected."""

    rows: int = Field(default=0, ge=0)
    kept: int = Field(default=0, ge=0)
    skipped: int = Field(
        default=0, ge=0, description="Rows that mean nothing by themselves, such as pictures."
    )
    rejected: int = Field(default=0, ge=0)
    codes: Mapping[str, int] = Field(default={}, description="How many rows were rejected for what.")
    remarks: tuple[str, ...] = Field(default=(), max_length=100)
    rejected_rows: Reference | None = Field(
        default=None, description="Each rejected row, as CSV; null: there is none."
    )


class UploadRead(Event):
    """An upload was read: its products and orders can be used. Refused: nothing of it can."""

    topic: ClassVar[str] = "upload.read.v1"

    csv_upload_id: UUID
    store: Store = DEFAULT_STORE
    products: Reference | None = Field(default=None, description="Products, JSON lines, sorted by id.")
    orders: Reference | None = Field(default=None, description="The order book.")
    product_report: FileReport = FileReport()
    order_report: FileReport = FileReport()
    refused: str = Field(default="", max_length=4000, description="Why it cannot be used; empty: it can.")

    @property
    def entity(self) -> str:
        return str(self.csv_upload_id)


def upload_id(
    tenant: str, store: str, products: Reference, orders: Reference | None, reading: UploadReading
) -> UUID:
    read_as = reading.canonical().decode()
    return derived_id("upload", tenant, store, products.sha256, orders.sha256 if orders else "", read_as)
