"""The pictures are those that the code draws."""

from xml.etree import ElementTree as ET

import pytest

from contracts.tools.generated import Generated
from docs.tools import pictures
from tests.docs.pages import page


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_in_step_with_the_code(name: str) -> None:
    drawn = Generated(pictures.FOLDER / name, pictures.PICTURES[name]())
    assert drawn.is_current, "run `make docs`"


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = ET.parse(pictures.FOLDER / name).getroot()  # noqa: S314 - a file of our own
    assert root.tag.endswith("svg")
    assert root.attrib["aria-label"]


def test_every_picture_is_shown() -> None:
    shown = page("docs/explanation/bundles.md").links
    assert [name for name in pictures.PICTURES if f"pictures/{name}" not in shown] == []
