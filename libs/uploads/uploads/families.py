"""What the rows of one Shopify product share. One of them says it, the others leave it empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from uploads.columns import Places, signs_only
from uploads.table import Table

SHARED: Final = (
    "name",
    "brand",
    "category",
    "product_type",
    "description",
    "features",
    "status",
    "published",
)
HANDLES: Final = frozenset({"handle", "urlhandle"})
OF_VARIANTS: Final = frozenset({"variantsku", "variantprice", "option1value"})
NO_OPTION: Final = "Default Title"  # the only variant of a product that has no options


@dataclass(frozen=True, slots=True)
class Families:
    """`shared` is empty where the file is no export of Shopify: there each row speaks for itself."""

    places: Places
    is_shopify: bool
    shared: dict[str, dict[int, str]]  # by handle, then by column

    @classmethod
    def of(cls, table: Table, places: Places) -> Self:
        families = cls(places, is_shopify(table.header), {})
        if families.is_shopify:
            spots, handle = places.some(*SHARED), places.of("variant_of")
            for _, cells, fault in table.rows():
                if fault is None and cells[handle].strip():
                    families._take(cells, cells[handle].strip(), spots)
        return families

    def cell(self, cells: Sequence[str], name: str) -> str:
        """What the row says, else what its family says."""
        place = self.places.of(name)
        said = cells[place].strip()
        if said or not self.is_shopify:
            return said
        return self.shared.get(cells[self.places.of("variant_of")].strip(), {}).get(place, "")

    def is_picture(self, cells: Sequence[str]) -> bool:
        own = ("product_id", "name", "price", "option1")
        return self.is_shopify and not any(cells[self.places.of(name)].strip() for name in own)

    def full_name(self, cells: Sequence[str]) -> str:
        """As Shopify writes it on orders: Shirt - Red / XL."""
        title = self.cell(cells, "name")
        spots = [self.places.of(name) for name in ("option1", "option2", "option3")]
        options = [cells[place].strip() for place in spots if cells[place].strip()]
        if not self.is_shopify or not title or not options or options == [NO_OPTION]:
            return title
        return f"{title} - {' / '.join(options)}"

    def _take(self, cells: Sequence[str], handle: str, spots: Sequence[int]) -> None:
        shared = self.shared.setdefault(handle, {})
        for place in spots:
            said = cells[place].strip()
            if said and (place not in shared or said < shared[place]):  # one choice in any order of rows
                shared[place] = said


def is_shopify(header: Sequence[str]) -> bool:
    names = {signs_only(name) for name in header}
    return bool(names & HANDLES) and bool(names & OF_VARIANTS)
