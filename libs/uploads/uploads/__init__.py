"""Products and orders out of the CSV files that people bring, and an account of every row."""

from uploads.defaults import UploadDefaults
from uploads.orders import ReadOrders, read_orders
from uploads.products import ReadProducts, read_products
from uploads.report import RejectedRow, Report, RowCode

__all__ = [
    "ReadOrders",
    "ReadProducts",
    "RejectedRow",
    "Report",
    "RowCode",
    "UploadDefaults",
    "read_orders",
    "read_products",
]
