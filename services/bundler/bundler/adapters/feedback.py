"""Feedback as rows."""

from collections.abc import Sequence
from typing import Final

from contracts.bundles import BundleAdded, BundlePurchased, BundleViewed, Feedback
from runtime import Transaction

KEEP: Final = """
insert into feedback
    (tenant, store, feedback_id, kind, bundle_id, visitor, at, arm,
     order_id, bundle_value, order_value, currency)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing
"""


class PostgresFeedback:
    async def keep(self, tx: Transaction, told: Sequence[Feedback]) -> None:
        rows = sorted((_row(one) for one in told), key=lambda row: row[:3])
        await tx.connection.executemany(KEEP, rows)


def _row(told: Feedback) -> tuple[object, ...]:
    assert isinstance(told, BundleViewed | BundleAdded | BundlePurchased)  # noqa: S101 - there are no others
    common = (told.bundle_id, told.visitor, told.at)
    name = (told.tenant, told.store, told.feedback_id)
    match told:
        case BundleViewed():
            return (*name, "viewed", *common, told.arm, None, None, None, None)
        case BundleAdded():
            return (*name, "added", *common, None, None, None, None, None)
        case BundlePurchased():
            bought = (told.order_id, told.bundle_value, told.order_value, told.currency)
            return (*name, "purchased", *common, None, *bought)
