"""The tutorial, step by step, on real servers with all services; the simulator answers, as it says."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from local import Endpoints
from tests.docs.pages import page
from tests.e2e.pipeline import Pipeline, running_pipeline

TUTORIAL = page("docs/tutorials/first-packages.md")
STARTS = ("make ", "export ", "assort demo", "set -a")  # what the fixture does instead
CHANGES = re.compile(r"RUN_\w+|[0-9a-f]{8,}|[0-9.]+")


@pytest.fixture(scope="module")
def pipeline(servers: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with running_pipeline(servers, tmp_path_factory.mktemp("tutorial")) as running:
        yield running


def test_every_step_of_the_tutorial_does_what_it_says(pipeline: Pipeline) -> None:
    for block in TUTORIAL.blocks:
        if block.file:
            (pipeline.folder / block.file).write_text(block.body, "utf-8")
        if block.language == "console":
            for command, expected in steps(block.body):
                run(pipeline, command, expected)

    packages = pipeline.sql("select package_name from read.packages_enriched_v1")
    assert packages
    pipeline.assort("main", "verify", "last")


def steps(body: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that it is said to print."""
    command, expected = "", list[str]()
    for line in [*body.splitlines(), "$ "]:
        if not line.startswith("$ "):
            expected.append(line)
            continue
        if command and not command.startswith(STARTS):
            yield command, expected
        command, expected = line.removeprefix("$ "), []


def run(pipeline: Pipeline, command: str, expected: list[str]) -> None:
    done = subprocess.run(
        ["bash", "-c", in_this_environment(command)],
        cwd=pipeline.folder,
        env=dict(pipeline.environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = {unchanging(line) for line in (done.stdout + done.stderr).splitlines()}
    assert "Traceback" not in done.stderr, done.stderr
    assert {unchanging(line) for line in expected} - said == set(), f"{command}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == int("refused: " in done.stderr), f"{command}\n{done.stdout}\n{done.stderr}"


def in_this_environment(command: str) -> str:
    python = shlex.quote(sys.executable)
    return re.sub(r"\bassort(?= )", f"{python} -m cli", re.sub(r"^python(?= )", python, command))


def unchanging(line: str) -> str:
    """Without what differs from run to run."""
    return CHANGES.sub("#", line).strip()


def test_programs_of_the_tutorial_have_names() -> None:
    assert [block.file for block in TUTORIAL.blocks if block.language == "python"] == [
        "make_deals.py",
        "read_packages.py",
    ]
