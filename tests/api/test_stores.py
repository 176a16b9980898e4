"""Arms of visitors, and what bundles changed in a store."""

from datetime import UTC, datetime

import httpx

from contracts.arms import arm_of
from tests.api.world import Rows, bundle, is_problem, new_run

FEEDBACK = """
insert into bundler.feedback (tenant, store, feedback_id, kind, bundle_id, visitor, arm, at, bundle_value)
values ($1, 'lisbon', $2, $3, $4, $5, $6, $7, $8)
"""
AT = datetime(2026, 1, 31, tzinfo=UTC)


async def test_a_visitor_is_always_in_the_same_arm(reader: httpx.AsyncClient) -> None:
    first = (await reader.get("/api/stores/lisbon/arm", params={"visitor": "v-81"})).json()
    again = (await reader.get("/api/stores/lisbon/arm", params={"visitor": "v-81"})).json()
    assert first == again == {"store": "lisbon", "visitor": "v-81", "arm": arm_of("lisbon", "v-81")}
    everybody = await reader.get("/api/stores/lisbon/arm", params={"visitor": "v-81", "treated": 1})
    assert everybody.json()["arm"] == "treatment"
    is_problem(await reader.get("/api/stores/lisbon/arm"), 422, "invalid")


async def test_what_visitors_did_is_told_against_those_who_saw_nothing(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    await rows.bundles(new_run())
    name = bundle(1).bundle_id
    told = [(f"t{number}", "treatment", number < 4) for number in range(10)]
    told += [(f"c{number}", "control", False) for number in range(10)]
    for visitor, arm, bought in told:
        await rows.owner.execute(
            FEEDBACK, rows.tenant, f"see {visitor}", "viewed", name, visitor, arm, AT, None
        )
        if bought:
            row = (rows.tenant, f"buy {visitor}", "purchased", name, visitor, None, AT, 30.0)
            await rows.owner.execute(FEEDBACK, *row)

    found = (await reader.get("/api/stores/lisbon/performance")).json()
    assert (found["views"], found["added"], found["purchased"]) == (10, 4, 4)
    assert found["conversion"]["mean"] == 0.4
    assert found["attach_rate_of_control"]["mean"] == 0
    assert found["attach_rate_lift"] is None  # nobody of the control arm has bought
    [objective] = found["objectives"]
    assert (objective["objective"], objective["revenue"]) == (bundle(1).objective, 120.0)


async def test_a_store_of_which_nobody_told_anything_claims_nothing(reader: httpx.AsyncClient) -> None:
    found = (await reader.get("/api/stores/porto/performance")).json()
    assert found["views"] == 0
    assert found["conversion"] is None
    assert found["objectives"] == []
