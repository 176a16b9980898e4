"""The page about faults is complete, and every test that it names exists."""

import ast
import re
from pathlib import Path

from simulator.behaviour import FaultKind
from tests.faults.bad_store import FAULTS
from tests.faults.probing import ROOT

PAGE = ROOT / "docs" / "explanation" / "faults.md"
CLASSES = {*range(1, 17), 19, 20, 21, 24}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (\d+) \|.*$", re.MULTILINE)
FIRST_CELL = re.compile(r"^\| `(\w+)` \|.*$", re.MULTILINE)


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > len(CLASSES)
    assert [f"{path}::{name}" for path, name in named if name not in _tests(ROOT / path)] == []


def test_every_class_of_faults_is_in_the_table_with_a_test() -> None:
    rows = {int(row[1]): row[0] for row in ROW.finditer(PAGE.read_text("utf-8"))}
    assert set(rows) == CLASSES
    assert [number for number, row in rows.items() if not NAMED.search(row)] == []


def test_every_fault_of_the_simulator_and_of_the_store_is_in_the_table() -> None:
    rows = {row[1]: row[0] for row in FIRST_CELL.finditer(PAGE.read_text("utf-8"))}
    assert set(rows) == {kind.value for kind in FaultKind} | set(FAULTS)
    assert [kind for kind, row in rows.items() if not NAMED.search(row)] == []


def _tests(path: Path) -> set[str]:
    if not path.exists():
        return set()
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, functions)}
