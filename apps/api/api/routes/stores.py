"""Which arm a visitor of a store is in, and what bundles changed there."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import ConfigDict, Field

from api.documented import READ, answers
from api.guarding import BEARER, CalledBy, Opened, guarded
from api.kinds.shapes import Shape
from bundling.intervals import Interval
from bundling.performance import Buyer, Exposure, Performance, performance
from contracts.arms import TREATED, arm_of
from contracts.bundles import Arm
from contracts.order import STORE

Store = Annotated[str, Path(pattern=STORE, examples=["lisbon"])]
Visitor = Annotated[str, Query(min_length=1, max_length=255, examples=["v-81"])]
Treated = Annotated[float, Query(ge=0, le=1, description="Share of visitors who are shown bundles.")]

EXPOSURES: Final = """
select objective, arm, added, purchased, attached, revenue from bundle_exposures_v1
where (tenant, store) = ($1, $2)
"""
VISITORS: Final = """
select arm, orders, value from bundle_visitors_v1 where (tenant, store) = ($1, $2) and arms = 1
"""


class VisitorArm(Shape):
    store: str
    visitor: str
    arm: Arm = Field(description="treatment: shown bundles; control: not. It never changes for a share.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"store": "lisbon", "visitor": "v-81", "arm": "treatment"}]}
    )


class Bounds(Shape):
    """Of 95 %."""

    mean: float
    low: float
    high: float


class ObjectivePerformance(Shape):
    objective: str
    viewed: int
    added: int
    purchased: int
    revenue: float


class StorePerformance(Shape):
    store: str
    views: int = Field(description="Visitors and bundles that they came to, in the treatment arm.")
    added: int
    purchased: int
    conversion: Bounds | None = Field(description="View to purchase; null: no view.")
    attach_rate: Bounds | None = Field(description="Views after which an order holds the products.")
    attach_rate_of_control: Bounds | None = Field(description="The baseline: they did not see the bundle.")
    attach_rate_lift: Bounds | None = Field(description="Relative to the baseline; null: none to compare.")
    order_value: float | None
    order_value_of_control: float | None
    order_value_lift: Bounds | None
    objectives: list[ObjectivePerformance] = Field(description="Treatment arm, most revenue first.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "store": "lisbon",
                    "views": 4000,
                    "added": 520,
                    "purchased": 410,
                    "conversion": {"mean": 0.1025, "low": 0.0935, "high": 0.1123},
                    "attach_rate": {"mean": 0.12, "low": 0.1103, "high": 0.1304},
                    "attach_rate_of_control": {"mean": 0.08, "low": 0.072, "high": 0.0888},
                    "attach_rate_lift": {"mean": 0.5, "low": 0.315, "high": 0.711},
                    "order_value": 66.2,
                    "order_value_of_control": 60.4,
                    "order_value_lift": {"mean": 0.096, "low": 0.047, "high": 0.147},
                    "objectives": [
                        {
                            "objective": "margin_guard",
                            "viewed": 4000,
                            "added": 520,
                            "purchased": 410,
                            "revenue": 11_890.0,
                        }
                    ],
                }
            ]
        }
    )


def routers() -> list[APIRouter]:
    reading = APIRouter(
        prefix="/api/stores",
        route_class=guarded("read"),
        dependencies=[Depends(BEARER)],
        tags=["feedback"],
        responses=answers(*READ),
    )
    reading.add_api_route(
        "/{store}/arm",
        arm,
        response_model=VisitorArm,
        operation_id="get_arm",
        summary="Whether a visitor is shown bundles",
    )
    reading.add_api_route(
        "/{store}/performance",
        performed,
        response_model=StorePerformance,
        operation_id="get_performance",
        summary="What bundles changed about what visitors buy",
    )
    return [reading]


async def arm(store: Store, visitor: Visitor, treated: Treated = TREATED) -> VisitorArm:
    """By a hash of store and visitor: nothing is stored, and a wider share keeps all who were in."""
    return VisitorArm(store=store, visitor=visitor, arm=arm_of(store, visitor, treated=treated))


async def performed(opened: Opened, caller: CalledBy, store: Store) -> StorePerformance:
    """Visitors in both arms are left out. A store of which nobody has told anything has no views."""
    async with opened.views.acquire() as views:
        exposures = [Exposure(**dict(row)) for row in await views.fetch(EXPOSURES, caller.tenant, store)]
        buyers = [Buyer(**dict(row)) for row in await views.fetch(VISITORS, caller.tenant, store)]
    return _told(store, performance(exposures, buyers))


def _told(store: str, found: Performance) -> StorePerformance:
    given: dict[str, Any] = {
        "store": store,
        "views": found.conversion.of,
        "added": found.added.count,
        "purchased": found.conversion.count,
        "conversion": _bounds(found.conversion.interval if found.conversion.of else None),
        "attach_rate": _bounds(found.attached.interval if found.attached.of else None),
        "attach_rate_of_control": _bounds(
            found.attached_before.interval if found.attached_before.of else None
        ),
        "attach_rate_lift": _bounds(found.attach_lift),
        "order_value": found.order_value,
        "order_value_of_control": found.order_value_before,
        "order_value_lift": _bounds(found.order_value_lift),
        "objectives": [
            ObjectivePerformance(
                objective=one.objective,
                viewed=one.viewed,
                added=one.added,
                purchased=one.purchased,
                revenue=one.revenue,
            )
            for one in found.objectives
        ],
    }
    return StorePerformance(**given)


def _bounds(interval: Interval | None) -> Bounds | None:
    return Bounds(mean=interval.mean, low=interval.low, high=interval.high) if interval else None
