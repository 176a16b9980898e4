"""Places, names and events of a made-up graph of deals. A company with such a name is a coincidence."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    region: str
    sites: tuple[tuple[str, str], ...]  # city and country


PLACES: Final = (
    Place(
        "DACH",
        (("Kassel", "Germany"), ("Linz", "Austria"), ("Winterthur", "Switzerland"), ("Ulm", "Germany")),
    ),
    Place(
        "Nordics", (("Uppsala", "Sweden"), ("Aarhus", "Denmark"), ("Tampere", "Finland"), ("Malmo", "Sweden"))
    ),
    Place(
        "Benelux",
        (("Ghent", "Belgium"), ("Utrecht", "Netherlands"), ("Leuven", "Belgium"), ("Breda", "Netherlands")),
    ),
    Place(
        "Iberia",
        (("Zaragoza", "Spain"), ("Braga", "Portugal"), ("Valencia", "Spain"), ("Coimbra", "Portugal")),
    ),
    Place(
        "Western Europe",
        (("Nantes", "France"), ("Dijon", "France"), ("Grenoble", "France"), ("Rennes", "France")),
    ),
    Place(
        "Southern Europe", (("Modena", "Italy"), ("Bergamo", "Italy"), ("Bari", "Italy"), ("Udine", "Italy"))
    ),
    Place(
        "British Isles",
        (
            ("Leeds", "United Kingdom"),
            ("Cork", "Ireland"),
            ("Exeter", "United Kingdom"),
            ("Galway", "Ireland"),
        ),
    ),
    Place(
        "Central Europe",
        (("Lodz", "Poland"), ("Brno", "Czechia"), ("Poznan", "Poland"), ("Ostrava", "Czechia")),
    ),
    Place(
        "US Midwest",
        (
            ("Dayton", "United States"),
            ("Peoria", "United States"),
            ("Duluth", "United States"),
            ("Toledo", "United States"),
        ),
    ),
    Place(
        "Canada",
        (("Halifax", "Canada"), ("Regina", "Canada"), ("Kingston", "Canada"), ("Saskatoon", "Canada")),
    ),
)
BEGINNINGS: Final = (
    "Quill",
    "Harrow",
    "Ostra",
    "Brack",
    "Velm",
    "Thistle",
    "Corrin",
    "Dunmar",
    "Ember",
    "Fenn",
)
ENDINGS: Final = ("marsh", "fen", "fell", "holt", "wick", "moor", "mere", "stead", "combe", "gate")
OWNERS: Final = ("founders", "family", "private equity", "management", "employees")
REASONS: Final = (
    "Its founder retires and stays for a year.",
    "Bought for its engineers more than for its customers.",
    "It had been a supplier for a decade.",
    "The price is paid in part from later earnings.",
    "It keeps its name and its workshop.",
    "Two bidders were turned down before.",
    "Its books move to the platform within a year.",
)
EVENTS: Final = (
    ("Refinancing", "borrows anew to pay for further acquisitions"),
    ("Carve-out", "takes over a division that its owner no longer wants"),
    ("Expansion", "opens a second site and hires engineers and apprentices"),
    ("Recapitalisation", "brings in a new investor beside the owners"),
    ("Management change", "gives itself a new chief executive from inside"),
    ("Contract", "wins a contract over five years from a public body"),
    ("Sale process", "looks for a buyer and has mandated an adviser"),
)
