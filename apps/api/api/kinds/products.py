"""Products that a request names."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator

from api.problems import Problem
from contracts.product import ProductId
from runtime.work import Database

MAX_LISTED: Final = 1000  # unknown ids in an answer

UNKNOWN: Final = """
select wanted.item_id from unnest($2::text[]) with ordinality as wanted (item_id, place)
where not exists (
    select from items_v1 i where i.tenant = $1 and i.kind = 'product' and i.item_id = wanted.item_id
) order by wanted.place
"""


def _each_once(ids: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """123 and "123" are one product; the first word counts."""
    first: dict[str, int | str] = {}
    for one in ids:
        first.setdefault(str(one), one)
    return tuple(first.values())


ProductIds = Annotated[tuple[ProductId, ...], AfterValidator(_each_once)]


async def refuse_unpublished(views: Database, tenant: str, ids: Sequence[int | str]) -> None:
    rows = await views.fetch(UNKNOWN, tenant, [str(one) for one in ids])
    unknown = [row["item_id"] for row in rows]
    if unknown:
        words = f"nobody has published {len(unknown)} of these products: publish them (product.published)"
        raise unknown_products(unknown, f"{words} or leave them out")


def unknown_products(unknown: Sequence[str], words: str) -> Problem:
    return Problem(
        422,
        "unknown_products",
        f"{words}; nothing was started",
        more={"unknown_ids": list(unknown[:MAX_LISTED]), "unknown_count": len(unknown)},
    )
