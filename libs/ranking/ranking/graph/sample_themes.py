"""What the platforms of a made-up graph of deals do."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Theme:
    """What platforms of one kind do, and what they buy."""

    sector: str
    trade: str  # of the platform
    business: str
    offers: tuple[str, ...]
    crafts: tuple[tuple[str, str], ...]  # of add-ons: the end of a name, and what they do


THEMES: Final = (
    Theme(
        "Healthcare",
        "Dental Partners",
        "dental clinics for families",
        ("fillings, crowns and check-ups under one booking desk", "implants and braces at fixed prices"),
        (
            ("Smile Studios", "runs three dental practices in market towns"),
            ("Crown Laboratory", "mills crowns and bridges for dentists overnight"),
            ("Orthodontics", "straightens the teeth of teenagers with clear aligners"),
        ),
    ),
    Theme(
        "Healthcare",
        "Veterinary Group",
        "animal hospitals and mobile vets",
        ("surgery, imaging and vaccination for pets", "herd visits for farms and a night line for owners"),
        (
            ("Animal Clinic", "treats cats and dogs with its own operating theatre"),
            ("Farm Vets", "looks after dairy herds and horses on the spot"),
            ("Pet Diagnostics", "examines blood and tissue samples for vets"),
        ),
    ),
    Theme(
        "Healthcare",
        "Home Care",
        "nursing for elderly people in their own homes",
        ("daily visits, meals and medication", "night care and help after a stay in hospital"),
        (
            ("Nursing Service", "sends nurses to patients who live alone"),
            ("Mobility Aids", "rents wheelchairs, lifts and beds to households"),
            ("Day Centres", "keeps elderly guests company from morning to evening"),
        ),
    ),
    Theme(
        "Software",
        "Clinic Systems",
        "records and billing software for medical practices",
        (
            "appointments, prescriptions and claims in one program",
            "patient files that insurers can settle from",
        ),
        (
            ("Claims Software", "checks claims of doctors before insurers see them"),
            ("Appointment Cloud", "lets patients book and move appointments online"),
            ("Imaging Archive", "stores scans and sends them between hospitals"),
        ),
    ),
    Theme(
        "Software",
        "Freight Cloud",
        "planning software for hauliers and forwarders",
        ("routes, loads and toll in one view", "tenders and tracking for shippers without a fleet"),
        (
            ("Route Planner", "computes tours for vans with time windows"),
            ("Telematics", "reads fuel and driving times from lorries"),
            ("Customs Desk", "files customs declarations from a browser"),
        ),
    ),
    Theme(
        "Software",
        "Cyber Defence",
        "managed security for medium-sized companies",
        ("a watch centre that answers within minutes", "tests, training and recovery after an attack"),
        (
            ("Penetration Testing", "breaks into networks by appointment"),
            ("Identity Software", "decides who may sign in from where"),
            ("Backup Vault", "keeps copies that no attacker can encrypt"),
        ),
    ),
    Theme(
        "Industrials",
        "Precision Metals",
        "turned and milled parts for makers of machines",
        ("small series in steel and titanium", "five-axis milling with measured quality for each part"),
        (
            ("Toolworks", "grinds tools and fixtures for workshops"),
            ("Surface Coating", "hardens and coats parts against wear"),
            ("Casting Foundry", "casts aluminium housings in sand"),
        ),
    ),
    Theme(
        "Industrials",
        "Packaging Works",
        "paper packaging in place of plastic",
        ("moulded fibre trays for food", "folding boxes printed in short runs"),
        (
            ("Carton Print", "prints folding boxes for cosmetics"),
            ("Fibre Trays", "presses trays for fruit and eggs from waste paper"),
            ("Label House", "makes labels that can be composted"),
        ),
    ),
    Theme(
        "Industrials",
        "Pump Service",
        "repair of pumps and valves in plants that never stop",
        ("overhauls during short shutdowns", "spare parts from stock and engineers on call"),
        (
            ("Valve Repair", "overhauls safety valves of refineries"),
            ("Motor Winding", "rewinds electric motors of any size"),
            ("Seal Trading", "stocks seals and bearings for waterworks"),
        ),
    ),
    Theme(
        "Energy",
        "Solar Rooftops",
        "solar power on the roofs of warehouses and homes",
        ("panels, storage and wiring from one team", "leases that pay themselves from the bill"),
        (
            ("Roof Electric", "mounts panels and inverters on homes"),
            ("Battery Storage", "installs batteries in cellars and halls"),
            ("Solar Cleaning", "washes and inspects panels with drones"),
        ),
    ),
    Theme(
        "Energy",
        "Charge Network",
        "charging points for electric fleets",
        ("chargers in depots with managed load", "public fast charging beside supermarkets"),
        (
            ("Charger Installation", "puts up charging points in car parks"),
            ("Load Software", "spreads the power between vehicles at night"),
            ("Grid Connection", "builds substations and cables for depots"),
        ),
    ),
    Theme(
        "Energy",
        "Heat Networks",
        "district heating from waste heat and heat pumps",
        ("heat for whole quarters without gas", "planning, pipes and billing for municipalities"),
        (
            ("Pipe Laying", "lays insulated pipes under streets"),
            ("Heat Pump Engineering", "builds large heat pumps on rivers"),
            ("Meter Reading", "reads heat meters by radio and writes the bills"),
        ),
    ),
    Theme(
        "Consumer",
        "Bakery Kitchens",
        "bread and pastry for cafes and hotels",
        ("frozen dough that is baked on the spot", "sourdough and cakes delivered before dawn"),
        (
            ("Pastry Atelier", "bakes tarts and croissants by hand"),
            ("Gluten Free Bakery", "bakes bread without gluten in a hall of its own"),
            ("Coffee Roastery", "roasts coffee for cafes and offices"),
        ),
    ),
    Theme(
        "Consumer",
        "Outdoor Gear",
        "equipment for walkers, climbers and cyclists",
        ("tents, packs and jackets that can be repaired", "shops with workshops and hire in the mountains"),
        (
            ("Bicycle Works", "builds touring and cargo bicycles to order"),
            ("Climbing Halls", "runs climbing halls with courses for schools"),
            ("Camping Supply", "sells stoves and tents by mail"),
        ),
    ),
    Theme(
        "Consumer",
        "Pet Foods",
        "fresh and dry food for cats and dogs",
        ("recipes without grain sold by subscription", "own brands for supermarkets"),
        (
            ("Treats Factory", "dries chews and treats for dogs"),
            ("Aquarium Supply", "breeds fish and sells tanks to shops"),
            ("Pet Post", "delivers food for pets every month"),
        ),
    ),
    Theme(
        "Business services",
        "Inspection Services",
        "inspection of lifts, bridges and pressure vessels",
        ("certificates that authorities accept", "drones and sensors where nobody can climb"),
        (
            ("Lift Inspection", "examines lifts and escalators every year"),
            ("Drone Survey", "surveys bridges and roofs from the air"),
            ("Calibration Laboratory", "calibrates scales and gauges of factories"),
        ),
    ),
    Theme(
        "Business services",
        "Tax Advisers",
        "accounting and tax advice for small firms",
        ("books, payroll and returns at a monthly price", "succession and cross-border advice for owners"),
        (
            ("Payroll Bureau", "runs the payroll of restaurants and workshops"),
            ("Audit Office", "audits associations and family firms"),
            ("Bookkeeping Online", "keeps books from photographed receipts"),
        ),
    ),
    Theme(
        "Education",
        "Language Schools",
        "language courses for immigrants and companies",
        ("evening classes with recognised examinations", "lessons by video with teachers on call"),
        (
            ("Exam Centre", "holds language examinations every week"),
            ("Translation Bureau", "translates contracts and manuals"),
            ("Tutoring Online", "finds tutors for pupils by subject"),
        ),
    ),
    Theme(
        "Education",
        "Nurseries",
        "day nurseries near offices and stations",
        ("places for infants with long opening hours", "forest groups and bilingual groups"),
        (
            ("Kindergarten", "looks after children from one to six"),
            ("School Meals", "cooks lunches for schools and nurseries"),
            ("Childcare Academy", "trains educators beside their work"),
        ),
    ),
    Theme(
        "Financial services",
        "Insurance Brokers",
        "insurance broking for trades and farms",
        ("cover for machines, harvests and liability", "claims handled in house"),
        (
            ("Farm Insurance", "insures harvests and barns"),
            ("Marine Cover", "insures boats and harbour works"),
            ("Claims Adjusters", "estimates damage after storms and fires"),
        ),
    ),
)
