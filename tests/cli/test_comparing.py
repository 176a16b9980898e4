"""Two results side by side."""

from hypothesis import given
from hypothesis import strategies as st

from cli.domain.comparing import MATCH, Pack, compare, compare_named, differing
from contracts.settings import PackageSettings


def pack(name: str, *members: int) -> Pack:
    return Pack(name, f"package {name}", frozenset(f"x.com/{member}" for member in members))


def test_packages_with_one_id_are_the_same_whatever_they_are_called() -> None:
    before, after = pack("a", 1, 2, 3), Pack("a", "another name", pack("a", 1, 2, 3).members)

    compared = compare([before], [after])

    assert compared.same == ((before, after),)
    assert (compared.changed, compared.only_before, compared.only_after) == ((), (), ())


def test_a_package_that_gained_and_lost_deals_is_told_as_changed() -> None:
    [change] = compare([pack("a", 1, 2, 3, 4)], [pack("b", 2, 3, 4, 5)]).changed

    assert (change.likeness, change.added, change.removed) == (0.6, ["x.com/5"], ["x.com/1"])


def test_each_package_is_matched_with_the_one_most_alike_and_with_no_second() -> None:
    compared = compare(
        [pack("a", 1, 2, 3, 4), pack("b", 1, 2, 3)], [pack("c", 1, 2, 3, 4, 5), pack("d", 7, 8, 9)]
    )

    assert [(one.before.package_id, one.after.package_id) for one in compared.changed] == [("a", "c")]
    assert [one.package_id for one in compared.only_before] == ["b"]
    assert [one.package_id for one in compared.only_after] == ["d"]


def test_packages_that_share_little_are_different_ones() -> None:
    compared = compare([pack("a", 1, 2, 3, 4)], [pack("b", 4, 5, 6, 7)])

    assert (compared.changed, len(compared.only_before), len(compared.only_after)) == ((), 1, 1)


def test_of_packs_that_are_told_apart_by_name_one_with_other_members_has_changed() -> None:
    compared = compare_named([pack("a", 1, 2, 3), pack("b", 1)], [pack("a", 2, 3, 4), pack("c", 1)])

    [change] = compared.changed
    assert (change.likeness, change.added, change.removed) == (0.5, ["x.com/4"], ["x.com/1"])
    assert [one.package_id for one in compared.only_before] == ["b"]
    assert [one.package_id for one in compared.only_after] == ["c"]
    assert (compared.moved.added, compared.moved.removed) == (2, 2)


PACKS = st.lists(
    st.builds(
        lambda members: pack("-".join(map(str, sorted(members))), *members),
        st.sets(st.integers(0, 12), min_size=1, max_size=6),
    ),
    unique_by=lambda one: one.package_id,
    max_size=8,
)


@given(before=PACKS, after=PACKS)
def test_every_package_is_told_of_once_and_the_order_does_not_matter(
    before: list[Pack], after: list[Pack]
) -> None:
    compared = compare(before, after)

    left = [one.package_id for one, _ in compared.same]
    left += [one.before.package_id for one in compared.changed]
    left += [one.package_id for one in compared.only_before]
    right = [one.package_id for _, one in compared.same]
    right += [one.after.package_id for one in compared.changed]
    right += [one.package_id for one in compared.only_after]
    assert sorted(left) == sorted(one.package_id for one in before)
    assert sorted(right) == sorted(one.package_id for one in after)
    assert all(one.likeness >= MATCH for one in compared.changed)
    assert set(compare(before[::-1], after[::-1]).changed) == set(compared.changed)


def test_settings_differ_by_their_dotted_names() -> None:
    one = PackageSettings().model_dump(mode="json")
    other = {**one, "clusters": {**one["clusters"], "seed": 8}, "embedding_model": "m"}

    assert differing(one, other) == {"clusters.seed": (7, 8), "embedding_model": (None, "m")}
    assert differing({}, {"purity": 0.5}) == {"purity": (None, 0.5)}
