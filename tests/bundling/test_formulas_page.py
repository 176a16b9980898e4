"""The table of formulas says what the code does."""

import importlib
import re
from ast import literal_eval
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import bundling
from bundling.budget import TYPES
from bundling.bundle import COLD_METHODS
from bundling.gates import COUNTED
from bundling.objectives.scoring import OBJECTIVES
from bundling.pricing import DISCOUNTS, MORE_OFF

TEXT: Final = (Path(__file__).parents[2] / "docs" / "reference" / "bundle-formulas.md").read_text("utf-8")
NAMED: Final = re.compile(r"`([a-z_.]+)\.([A-Z][A-Z_]*) = ([^`]+)`")
CONSTANTS: Final = sorted(set(NAMED.findall(TEXT)))
ROW: Final = re.compile(r"^\| `?([a-zA-Z_]+)`? \| (.+) \|$", re.MULTILINE)
UNNAMED: Final = {  # tables that stand in words, and bounds that are no part of a formula
    "bundling.shop.DAY_MS",
    "bundling.complements.REMEMBERED",
    "bundling.compatibility.ROUNDING",
    "bundling.scoring.FLAT",
}


@pytest.mark.parametrize(("module", "name", "value"), CONSTANTS)
def test_a_constant_has_the_value_of_the_code(module: str, name: str, value: str) -> None:
    assert getattr(importlib.import_module(f"bundling.{module}"), name) == literal_eval(value)


def test_every_number_of_the_modules_it_names_is_in_the_table() -> None:
    told = {f"bundling.{module}.{name}" for module, name, _ in CONSTANTS}
    modules = {importlib.import_module(f"bundling.{module}") for module, _, _ in CONSTANTS}
    assert len(modules) > 12
    own = {f"{module.__name__}.{name}" for module in modules for name in numbers(module)}
    assert own - told - UNNAMED == set()


def test_the_types_of_each_objective_are_those_of_the_code() -> None:
    table = TEXT.split("| objective | types |")[1].split("##")[0]
    assert {name: tuple(kinds.split(", ")) for name, kinds in ROW.findall(table)} == dict(TYPES)


def test_every_objective_gate_and_strategy_has_its_row_and_gates_are_in_order() -> None:
    first = [name for name, _ in ROW.findall(TEXT)]
    assert set(OBJECTIVES) <= set(first)
    assert set(COLD_METHODS) <= set(first)
    assert [name for name in first if name in COUNTED] == list(COUNTED)


def test_discounts_stand_in_the_table() -> None:
    [row] = [line for line in TEXT.splitlines() if line.startswith("| discount wanted |")]
    assert [float(found.replace(" ", "")) for found in re.findall(r"[+-]? ?0\.\d\d", row)][:5] == [
        DISCOUNTS["FBT"],
        DISCOUNTS["FIXED"],
        MORE_OFF["clear_slow_movers"],
        MORE_OFF["seasonal_promo"],
        MORE_OFF["margin_guard"],
    ]
    assert DISCOUNTS["FIXED"] == DISCOUNTS["MIX_MATCH"]
    assert len(MORE_OFF) == 3


def numbers(module: ModuleType) -> list[str]:
    """Constants that the module itself sets, told by its text from those that it imports."""
    source = Path(str(module.__file__)).read_text("utf-8")
    assert Path(bundling.__path__[0]) in Path(str(module.__file__)).parents
    set_here = re.findall(r"^([A-Z][A-Z_]*)(?:: Final)?(?:, [A-Z]+)* =", source, re.MULTILINE)
    return [name for name in set_here if isinstance(getattr(module, name), int | float | tuple)]
