"""Half of all functions are short, nearly all fit on a screen, and no file is long."""

import ast
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture.tree import ROOT, python_files

MEDIAN_LINES = 12
NEARLY_ALL_LINES = 30
FUNCTION_LINES = 50
FILE_LINES = 400


@dataclass(frozen=True, slots=True)
class Function:
    path: Path
    name: str
    line: int
    lines: int

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.name}: {self.lines} lines"


FILES = list(python_files("libs", "services", "apps", "deploy", "tests", "bench"))


@pytest.fixture(scope="module")
def functions() -> list[Function]:
    return [function for path in FILES for function in functions_of(path, path.read_text("utf-8"))]


def test_half_of_all_functions_are_short(functions: list[Function]) -> None:
    assert median(function.lines for function in functions) <= MEDIAN_LINES


def test_nearly_all_functions_fit_on_a_screen(functions: list[Function]) -> None:
    longer = [str(function) for function in functions if function.lines > NEARLY_ALL_LINES]

    assert quantiles([function.lines for function in functions], n=20)[-1] <= NEARLY_ALL_LINES, longer


def test_no_function_is_long(functions: list[Function]) -> None:
    assert [str(function) for function in functions if function.lines > FUNCTION_LINES] == []


def test_no_file_is_long() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in FILES}

    assert [f"{path.relative_to(ROOT)}: {lines}" for path, lines in sizes.items() if lines > FILE_LINES] == []


def test_the_ruler_measures_from_the_first_line_to_the_last() -> None:
    [short, long] = functions_of(
        ROOT / "x.py", "def short(): ...\n\nasync def long(\n    a,\n):\n    return a\n"
    )

    assert (short.lines, long.lines) == (1, 4)
    assert str(long) == "x.py:3 long: 4 lines"


def functions_of(path: Path, source: str) -> list[Function]:
    return [
        Function(path, node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
