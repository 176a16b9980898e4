"""What bundles changed: lifts with intervals, against the control arm."""

import random

from bundling.performance import Arm, Buyer, Exposure, performance
from contracts.arms import arm_of

EACH = 4000


def views(arm: Arm, attached: float, chance: random.Random) -> list[Exposure]:
    made = []
    for number in range(EACH):
        bought = chance.random() < attached
        objective = ("margin_guard", "increase_aov")[number % 2]
        sold = bought and arm == "treatment"
        made.append(Exposure(objective, arm, sold, sold, bought, 12.5 if sold else 0.0))
    return made


def buyers(arm: Arm, value: float, chance: random.Random) -> list[Buyer]:
    made = []
    for _ in range(EACH):
        orders = chance.choice((0, 1, 1, 2))
        made.append(Buyer(arm, orders, sum(chance.gammavariate(2, value / 2) for _ in range(orders))))
    return made


def test_planted_lifts_lie_within_their_intervals() -> None:
    inside = {"attach": 0, "value": 0}
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311 - no secret
        found = performance(
            [*views("treatment", 0.12, chance), *views("control", 0.08, chance)],
            [*buyers("treatment", 66, chance), *buyers("control", 60, chance)],
        )
        assert found.attach_lift is not None
        assert found.order_value_lift is not None
        inside["attach"] += found.attach_lift.low <= 0.5 <= found.attach_lift.high
        inside["value"] += found.order_value_lift.low <= 0.1 <= found.order_value_lift.high
        assert found.attach_lift.low > 0
    assert min(inside.values()) >= 35  # of 40: intervals are of 95 %


def test_where_nothing_changes_the_interval_mostly_holds_zero() -> None:
    holds = 0
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311 - no secret
        found = performance([*views("treatment", 0.1, chance), *views("control", 0.1, chance)], [])
        assert found.attach_lift is not None
        holds += found.attach_lift.low <= 0 <= found.attach_lift.high
    assert holds >= 35


def test_without_a_control_arm_nothing_is_claimed() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    found = performance(views("treatment", 0.1, chance), buyers("treatment", 60, chance))
    assert found.attach_lift is None
    assert found.order_value_lift is None
    assert found.order_value is not None
    assert found.conversion.of == EACH


def test_revenue_is_told_by_objective_the_largest_first() -> None:
    made = [
        Exposure("gift_box", "treatment", True, True, True, 5.0),
        Exposure("margin_guard", "treatment", True, True, True, 30.0),
        Exposure("margin_guard", "treatment", True, False, False),
        Exposure("margin_guard", "control", False, False, True),
    ]
    found = performance(made, [])
    assert [
        (one.objective, one.viewed, one.added, one.purchased, one.revenue) for one in found.objectives
    ] == [
        ("margin_guard", 2, 2, 1, 30.0),
        ("gift_box", 1, 1, 1, 5.0),
    ]


def test_a_visitor_stays_in_an_arm_and_arms_are_of_the_size_that_was_asked_for() -> None:
    visitors = [f"v{number}" for number in range(20_000)]
    arms = [arm_of("main", visitor, treated=0.3) for visitor in visitors]
    assert arms == [arm_of("main", visitor, treated=0.3) for visitor in visitors]
    assert 0.29 < arms.count("treatment") / len(arms) < 0.31
    wider = [arm_of("main", visitor, treated=0.6) for visitor in visitors]
    assert all(
        after == "treatment" for before, after in zip(arms, wider, strict=True) if before == "treatment"
    )
    other = [arm_of("second", visitor, treated=0.3) for visitor in visitors]
    assert arms != other
