"""Rows of a run, put into the tables as the services put them."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg

import enricher
import ledger
import packager
from cli.connections import Connection
from cli.exports.lines import EnrichedLine, PackageLine
from runtime import RUNTIME_MIGRATIONS, migrate

RUN_ID = "RUN_20261121T031500Z_0123abcd"
STAMP = "20261121_031500"
TENANT = "main"
SPACE = UUID("44444444-4444-5444-8444-444444444444")
REASONING = 'They match: "sports",\nand they are =cheap; a\tb'

PACKAGE = """
insert into packager.package (tenant, run_id, revision, cluster_id, package_id, kind, package_name, deal_ids,
                              reasoning, model)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'assort-simulator')
"""
LEFT_OUT = """
insert into packager.excluded_deal (tenant, run_id, revision, cluster_id, package_id, item_id, code, words)
values ($1, $2, $3, $4, $5, $6, 'safety_mismatch', '=too risky')
"""
ENRICHED = """
insert into enricher.enriched (tenant, run_id, revision, package_id, cluster_id, package_name, deal_ids,
                               reasoning, aggregates, advice, model)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, 'assort-simulator')
"""
SEEN = """
insert into ledger.run_seen (tenant, run_id, revision, kind, status) values ($1, $2, $3, 'packages', $4)
on conflict (tenant, run_id, revision) do update set status = excluded.status
"""
MEMBER = """
insert into enricher.member (tenant, run_id, revision, member_id, expected, state, made_by)
values ($1, $2, $3, $4, true, 'done', $5)
"""
SHARE = [{"name": "Sports", "deals": 3}, {"name": "=News", "deals": 1}]
AGGREGATES = {
    "tier1": SHARE,
    "tier2": [],
    "tier3": [],
    "safety": {"worst": "medium", "caused_by": ["a.com/1"], "family_safe": None},
    "audience": SHARE,
    "floors": [{"currency": "EUR", "lowest": 1.5, "median": 2, "highest": 3, "deals": 2}],
    "floor": {
        "currency": "USD",
        "rates_as_of": "2026-11-02",
        "lowest": 1.7,
        "median": 2.25,
        "highest": 3.4,
        "weighted": None,
        "deals": 2,
        "unknown_rates": [],
    },
    "formats": SHARE,
    "publishers": [{"name": "+Publisher", "deals": 2}],
    "publishers_in_all": 1,
    "quality_tiers": [],
    "volume_tiers": [],
    "countries": ["DEU", "USA"],
    "seats": None,
    "starts": "2026-12-01",
    "ends": None,
}
ADVICE = {
    "description": "For sports fans",
    "verticals": ["Sports"],
    "use_cases": ["@reach"],
    "recommendations": ["Bid early", "-5 % at night"],
}


@dataclass(frozen=True, slots=True)
class Tables:
    """The owner's hand on all tables."""

    dsn: str
    connection: Connection

    async def package(self, number: int, *, revision: int = 1, enriched: bool = True, name: str = "") -> str:
        found, cluster = str(uuid5(SPACE, f"p{number}")), uuid5(SPACE, f"c{number // 3}")
        given = name or f"=Package {number}"
        deal_ids = [f"a.com/{number}-{at}, b" for at in range(4)]
        row = (TENANT, RUN_ID, revision, cluster, found, "package", given, deal_ids, REASONING)
        await self.connection.execute(PACKAGE, *row)
        if enriched:
            await self.enriched(number, revision=revision, name=given)
        return found

    async def enriched(self, number: int, *, revision: int = 1, name: str = "") -> None:
        found, cluster = str(uuid5(SPACE, f"p{number}")), uuid5(SPACE, f"c{number // 3}")
        deal_ids = [f"a.com/{number}-{at}, b" for at in range(4)]
        row = (TENANT, RUN_ID, revision, found, cluster, name or f"=Package {number}", deal_ids, REASONING)
        await self.connection.execute(ENRICHED, *row, json.dumps(AGGREGATES), json.dumps(ADVICE))

    async def left_out(self, number: int, *, revision: int = 1) -> str:
        found, cluster = str(uuid5(SPACE, f"x{number}")), uuid5(SPACE, f"c{number}")
        none: list[str] = []
        row = (TENANT, RUN_ID, revision, cluster, found, "excluded", "Excluded deals", none, "")
        await self.connection.execute(PACKAGE, *row)
        await self.connection.execute(
            LEFT_OUT, TENANT, RUN_ID, revision, cluster, found, f"a.com/left-{number}"
        )
        return found

    async def member(self, package_id: str, *, revision: int, made_by: int) -> None:
        await self.connection.execute(MEMBER, TENANT, RUN_ID, revision, package_id, made_by)

    async def failed_member(self, package_id: str, *, revision: int) -> None:
        await self.member(package_id, revision=revision, made_by=revision)
        await self.connection.execute(
            "update enricher.member set state = 'failed' where member_id = $1", package_id
        )

    async def status(self, status: str | None, *, revision: int = 1) -> None:
        await self.connection.execute(SEEN, TENANT, RUN_ID, revision, status)


async def tables(database: str) -> Tables:
    for name, module in (("packager", packager), ("enricher", enricher), ("ledger", ledger)):
        migrations = Path(str(module.__file__)).parent / "migrations"
        migrate(database, name, RUNTIME_MIGRATIONS, migrations)
    connection = await asyncpg.connect(database)
    return Tables(database, connection)


def package(number: int = 1, **changes: object) -> PackageLine:
    """A line without a database."""
    whole = {
        "package_id": str(uuid5(SPACE, f"p{number}")),
        "package_name": f"=Package {number}",
        "deal_ids": [f"a.com/{number}-{at}, b" for at in range(4)],
        "reasoning": REASONING,
        "kind": "package",
        "cluster_id": str(uuid5(SPACE, f"c{number}")),
        "excluded": [{"deal_id": "a.com/9", "code": "too_few", "words": "=few"}],
        "model": "m",
        "revision": 1,
        "run_id": RUN_ID,
    }
    return PackageLine.model_validate({**whole, **changes})


def enriched(number: int = 1, **changes: object) -> EnrichedLine:
    whole = {
        **package(number).model_dump(mode="json"),
        **AGGREGATES,
        **ADVICE,
        "taxonomy": {"tier1": SHARE},
        "commercial": {"floor": AGGREGATES["floor"], "floors": AGGREGATES["floors"]},
    }
    return EnrichedLine.model_validate({**whole, **changes}, extra="ignore")
