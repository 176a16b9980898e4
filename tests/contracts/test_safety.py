import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.safety import SafetyRisk, SafetyScale, risk_of, worst_of

risks = st.sampled_from(SafetyRisk)
tolerances = st.sampled_from([SafetyRisk.LOW, SafetyRisk.MEDIUM, SafetyRisk.HIGH])


def test_floor_is_the_worst_level() -> None:
    assert worst_of(SafetyRisk) is SafetyRisk.FLOOR


def test_the_levels_carry_the_ids_of_the_iab() -> None:
    by_severity = sorted(SafetyRisk, key=lambda risk: risk.severity, reverse=True)

    assert [risk.iab_id for risk in by_severity] == ["bsr001", None, "bsr002", "bsr003", "bsr004"]


def test_of_nothing_nothing_is_known() -> None:
    assert worst_of([]) is SafetyRisk.UNKNOWN


@given(st.lists(risks, min_size=1), tolerances)
def test_a_package_suits_a_brand_exactly_if_each_of_its_deals_does(
    deals: list[SafetyRisk], tolerance: SafetyRisk
) -> None:
    assert worst_of(deals).within(tolerance) == all(risk.within(tolerance) for risk in deals)


@given(st.lists(risks), st.lists(risks))
def test_order_and_grouping_change_nothing(left: list[SafetyRisk], right: list[SafetyRisk]) -> None:
    whole = worst_of([*left, *right])

    assert whole is worst_of([*right, *left])
    if left and right:
        assert whole is worst_of([worst_of(left), worst_of(right)])


@given(st.lists(risks, min_size=1), risks)
def test_another_deal_never_makes_a_package_safer(deals: list[SafetyRisk], another: SafetyRisk) -> None:
    assert worst_of([*deals, another]).severity >= worst_of(deals).severity


@given(tolerances)
def test_unknown_and_floor_suit_nobody(tolerance: SafetyRisk) -> None:
    assert not SafetyRisk.UNKNOWN.within(tolerance)
    assert not SafetyRisk.FLOOR.within(tolerance)


@pytest.mark.parametrize("tolerance", [SafetyRisk.FLOOR, SafetyRisk.UNKNOWN])
def test_nobody_can_ask_for_floor_or_unknown(tolerance: SafetyRisk) -> None:
    with pytest.raises(ValueError, match="no tolerance"):
        SafetyRisk.LOW.within(tolerance)


@pytest.mark.parametrize(
    ("rating", "scale", "risk"),
    [
        pytest.param(None, SafetyScale.IAB, SafetyRisk.UNKNOWN, id="not rated"),
        pytest.param("Unknown", SafetyScale.IAB, SafetyRisk.UNKNOWN, id="said to be unknown"),
        pytest.param("Floor", SafetyScale.IAB, SafetyRisk.FLOOR, id="IAB's Floor"),
        pytest.param("High Risk", SafetyScale.IAB, SafetyRisk.HIGH, id="IAB's name"),
        pytest.param("bsr003", SafetyScale.IAB, SafetyRisk.MEDIUM, id="IAB's id"),
        pytest.param("LOW", SafetyScale.IAB, SafetyRisk.LOW, id="in capitals"),
        pytest.param("Floor", SafetyScale.FLOOR_IS_SAFEST, SafetyRisk.LOW, id="a vendor's safe Floor"),
        pytest.param("High", SafetyScale.FLOOR_IS_SAFEST, SafetyRisk.HIGH, id="a vendor's worst"),
        pytest.param("bsr001", SafetyScale.FLOOR_IS_SAFEST, SafetyRisk.FLOOR, id="an id means one thing"),
    ],
)
def test_a_rating_means_what_its_scale_says(rating: str | None, scale: SafetyScale, risk: SafetyRisk) -> None:
    assert risk_of(rating, scale) is risk


def test_a_word_that_no_scale_has_is_refused() -> None:
    with pytest.raises(ValueError, match="'Purple' is no rating"):
        risk_of("Purple")


def test_the_import_map_keeps_a_vendors_order() -> None:
    safest_first = ["Floor", "Low", "Medium", "High"]

    severities = [risk_of(rating, SafetyScale.FLOOR_IS_SAFEST).severity for rating in safest_first]

    assert severities == sorted(severities)
