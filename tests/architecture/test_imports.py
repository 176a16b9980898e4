"""Who may import whom. The rules are in pyproject.toml; here they are run, and shown to bite."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.architecture.tree import ROOT, member_folders

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"
LIGHT = (
    "contracts.registry",
    "objects",
    "runtime",
    "llm",
    "encoder",
    "embedder.app",
    "clusterer.app",
    "packager.app",
    "enricher.app",
    "segmenter.app",
    "bundler.app",
    "ranker.app",
    "ledger.app",
    "api.app",
    "cli.__main__",
)


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(str(root / folder.relative_to(ROOT)) for folder in member_folders())
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all code, to plant violations in."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", root)
    for folder in member_folders():
        ignored = shutil.ignore_patterns("__pycache__", "*.json", ".*")
        shutil.copytree(folder, root / folder.relative_to(ROOT), ignore=ignored)
    return root


def test_all_import_rules_are_kept() -> None:
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        ("layers", "libs/contracts/contracts/deals.py", "import objects"),
        ("layers", "libs/objects/objects/store.py", "import runtime"),
        ("layers", "libs/llm/llm/model.py", "import runtime"),
        ("layers", "libs/runtime/runtime/work.py", "import packager"),
        ("layers", "services/packager/packager/adapters.py", "import enricher"),
        ("layers", "apps/cli/cli/reading.py", "import packager"),
        ("service", "services/packager/packager/handler.py", "import packager.adapters"),
        ("service", "services/packager/packager/domain.py", "import packager.settings"),
        ("service", "services/packager/packager/app.py", "import packager.__main__"),
        ("service", "services/packager/packager/helpers.py", ""),
        ("domain", "services/packager/packager/domain.py", "import runtime"),
        ("domain", "services/packager/packager/domain.py", "import objects"),
        ("vocabulary", "services/packager/packager/handler.py", "import asyncpg"),
        ("vocabulary", "services/packager/packager/domain.py", "def later(): import openai"),
        ("vocabulary", "services/embedder/embedder/handler/__init__.py", "import boto3"),
        ("domain", "services/clusterer/clusterer/domain/__init__.py", "import objects"),
        ("kafka", "services/packager/packager/adapters.py", "import aiokafka"),
        ("kafka", "apps/cli/cli/reading.py", "from faststream.kafka import KafkaBroker"),
        ("models", "services/embedder/embedder/app.py", "def later(): import torch"),
        ("doors", "services/packager/packager/adapters.py", "import openai"),
        ("store", "services/packager/packager/adapters.py", "import boto3"),
        ("local", "services/packager/packager/adapters.py", "import local"),
    ],
)
def test_a_planted_violation_is_found(copy: Path, rule: str, file: str, line: str) -> None:
    path = copy / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        checked = lint_imports(copy, "--contract", rule)
    finally:
        path.unlink() if before is None else path.write_text(before)

    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "BROKEN" in checked.stdout


def test_every_package_is_under_the_rules() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

    assert set(rules["root_packages"]) == {folder.name for folder in member_folders()}


def test_contracts_need_pydantic_alone() -> None:
    """Whoever reads our events in Python needs no Kafka, no database, no model."""
    graph = grimp.build_graph("contracts", include_external_packages=True, cache_dir=None)
    ours = graph.find_descendants("contracts") | {"contracts"}
    foreign = {name.partition(".")[0] for name in graph.modules - ours}

    assert foreign - set(sys.stdlib_module_names) == {"pydantic"}


def test_importing_everything_loads_no_embedding_model() -> None:
    """Loading torch takes seconds and half a gigabyte; only whoever encodes pays them, when it encodes."""
    loaded = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(LIGHT)}, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert loaded.returncode == 0, loaded.stderr
    assert {"torch", "sentence_transformers", "transformers"}.intersection(loaded.stdout.split()) == set()
    assert set(LIGHT) <= set(loaded.stdout.split())
