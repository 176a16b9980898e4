"""What bundles changed about what visitors buy, against those who were not shown them.

The baseline is the control arm: visitors who came where a bundle is offered and did not see it. Some of them
buy its products in one order all the same; what bundles add is what treated visitors do more often.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bundling.intervals import Interval, Z, wilson

Arm = Literal["treatment", "control"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A visitor who came where a bundle is offered."""

    objective: str
    arm: Arm
    added: bool
    purchased: bool
    attached: bool  # an order holds all of its products, as a bundle or not
    revenue: float = 0.0  # of the bundle


@dataclass(frozen=True, slots=True)
class Buyer:
    """A visitor, and the orders after the first exposure to any bundle."""

    arm: Arm
    orders: int
    value: float


@dataclass(frozen=True, slots=True)
class Share:
    count: int
    of: int

    @property
    def interval(self) -> Interval:
        """Of 95 % (Wilson). nan: of none."""
        low, high = wilson(self.count, self.of)
        return Interval(self.count / self.of if self.of else math.nan, low, high)


@dataclass(frozen=True, slots=True)
class Objective:
    objective: str
    viewed: int
    added: int
    purchased: int
    revenue: float


@dataclass(frozen=True, slots=True)
class Performance:
    """Lifts are relative: .2 is a fifth more than the baseline. None: there is nothing to compare."""

    added: Share  # of treated views
    conversion: Share  # view to purchase, treated
    attached: Share  # treated
    attached_before: Share  # control
    attach_lift: Interval | None
    order_value: float | None  # treated
    order_value_before: float | None  # control
    order_value_lift: Interval | None
    objectives: tuple[Objective, ...]  # treated, most revenue first


def performance(exposures: Sequence[Exposure], buyers: Sequence[Buyer]) -> Performance:
    treated = [one for one in exposures if one.arm == "treatment"]
    control = [one for one in exposures if one.arm == "control"]
    attached, before = _share(treated), _share(control)
    after, without = (
        _mean_order([one for one in buyers if one.arm == arm]) for arm in ("treatment", "control")
    )
    return Performance(
        added=Share(sum(one.added for one in treated), len(treated)),
        conversion=Share(sum(one.purchased for one in treated), len(treated)),
        attached=attached,
        attached_before=before,
        attach_lift=_lift_of_shares(attached, before),
        order_value=after.mean if after else None,
        order_value_before=without.mean if without else None,
        order_value_lift=_lift(after, without),
        objectives=_objectives(treated),
    )


def _share(exposures: Sequence[Exposure]) -> Share:
    return Share(sum(one.attached for one in exposures), len(exposures))


def _objectives(treated: Sequence[Exposure]) -> tuple[Objective, ...]:
    grouped: defaultdict[str, list[Exposure]] = defaultdict(list)
    for one in treated:
        grouped[one.objective].append(one)
    figures = [
        Objective(
            objective=name,
            viewed=len(ones),
            added=sum(one.added for one in ones),
            purchased=sum(one.purchased for one in ones),
            revenue=math.fsum(one.revenue for one in ones),
        )
        for name, ones in grouped.items()
    ]
    return tuple(sorted(figures, key=lambda one: (-one.revenue, one.objective)))


@dataclass(frozen=True, slots=True)
class _Mean:
    mean: float
    relative_variance: float  # of the mean, over its square


def _mean_order(buyers: Sequence[Buyer]) -> _Mean | None:
    """Of all orders. Orders of one visitor are alike, so visitors are what varies (the delta method)."""
    count, orders = len(buyers), sum(one.orders for one in buyers)
    value = math.fsum(one.value for one in buyers)
    if count < 2 or not orders or not value > 0:  # noqa: PLR2004 - one visitor has no variance
        return None
    mean = value / orders
    spread = math.fsum((one.value - mean * one.orders) ** 2 for one in buyers) * count / (count - 1)
    return _Mean(mean, spread / (orders * orders) / (mean * mean))


def _lift(after: _Mean | None, before: _Mean | None) -> Interval | None:
    if after is None or before is None:
        return None
    return _ratio(after.mean / before.mean, after.relative_variance + before.relative_variance)


def _lift_of_shares(after: Share, before: Share) -> Interval | None:
    """By the logarithm of the ratio (Katz)."""
    if not (after.count and before.count):
        return None
    variance = 1 / after.count - 1 / after.of + 1 / before.count - 1 / before.of
    return _ratio((after.count / after.of) / (before.count / before.of), variance)


def _ratio(ratio: float, variance: float) -> Interval:
    width = Z * math.sqrt(max(0.0, variance))
    return Interval(ratio - 1, ratio * math.exp(-width) - 1, ratio * math.exp(width) - 1)
