import pytest

from contracts.taxonomy import CONTENT_2_2, CONTENT_3_1, content_taxonomy


@pytest.mark.parametrize(("cattax", "size", "roots"), [(CONTENT_2_2, 1196, 37), (CONTENT_3_1, 704, 37)])
def test_each_packaged_version_is_whole(cattax: int, size: int, roots: int) -> None:
    categories = content_taxonomy(cattax).categories

    assert len(categories) == size
    assert sum(1 for category in categories.values() if not category.parent_id) == roots
    assert all(category.parent_id in categories for category in categories.values() if category.parent_id)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        pytest.param(["Automotive", "Auto Parts"], ("1", "32"), id="exact"),
        pytest.param(["  automotive ", "AUTO  PARTS"], ("1", "32"), id="case and spacing"),
        pytest.param(["Food and Drink"], ("210",), id="and for &"),
        pytest.param(["News & Politics"], ("379",), id="& for and"),
        pytest.param(
            ["Automotive", "Auto Parts & Accessories", "Auto Repair"], ("1", None, None), id="path breaks"
        ),
        pytest.param(["Automotives"], (None,), id="nearly is not"),
        pytest.param(["Sports", "Auto Parts"], ("483", None), id="child of another"),
        pytest.param(["Automotive", None, "Auto Parts"], ("1", None, None), id="gap"),
    ],
)
def test_names_resolve_along_their_path_or_not_at_all(
    names: list[str | None], ids: tuple[str | None, ...]
) -> None:
    assert content_taxonomy().resolve(names) == ids


def test_every_category_of_one_place_resolves_to_its_id() -> None:
    taxonomy = content_taxonomy()

    for category_id in taxonomy.categories:
        path = taxonomy.path(category_id)
        resolved = taxonomy.resolve([category.name for category in path])
        if path[-1].name != "Antarctica":
            assert resolved == tuple(category.category_id for category in path)


def test_a_name_that_stands_twice_in_one_place_resolves_to_neither() -> None:
    assert content_taxonomy().resolve(["Content Source Geo", "Continent", "Antarctica"])[-1] is None


def test_categories_share_the_path_down_to_where_they_part() -> None:
    taxonomy = content_taxonomy()

    assert [category.name for category in taxonomy.shared_path(["32", "34"])] == ["Automotive"]
    assert [category.name for category in taxonomy.shared_path(["32"])] == ["Automotive", "Auto Parts"]
    assert taxonomy.shared_path(["32", "483"]) == ()
    assert taxonomy.shared_path([]) == ()


def test_an_unknown_id_is_an_error_and_no_guess() -> None:
    with pytest.raises(KeyError):
        content_taxonomy().path("no-such-id")
