"""The code in guides runs, on real servers where it needs them."""

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

import contracts
import tests
from contracts.packages import PackageEnriched
from contracts.tools.places import EXAMPLES
from local import Endpoints
from runtime import Stage
from tests.docs.pages import Block, page, pages
from tests.stages import StageBench, open_bench

GUIDE = page("docs/howto/add-a-stage.md")
PACKAGE = PackageEnriched.read((EXAMPLES / "package.enriched.v1" / "minimal.json").read_bytes())

PYTHON = [(each, block) for each in pages() for block in each.blocks if block.language == "python"]


@pytest.mark.parametrize(
    ("where", "block"), PYTHON, ids=[f"{where.name}:{at}" for at, (where, _) in enumerate(PYTHON)]
)
def test_python_in_documents_is_python(where: object, block: Block) -> None:
    compile(block.body, str(where), "exec", flags=0x2000)  # a line of an example may await


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the guide, where the guide says, importable."""
    before = set(sys.modules)
    for block in GUIDE.blocks:
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")
    (tmp_path / "services" / "flagger" / "flagger" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "services" / "flagger"))
    monkeypatch.setattr(
        contracts, "__path__", [*contracts.__path__, str(tmp_path / "libs" / "contracts" / "contracts")]
    )
    monkeypatch.setattr(tests, "__path__", [*tests.__path__, str(tmp_path / "tests")])
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.split(".")[0] == "flagger" or name.startswith(("tests.flagger", "contracts.flags")):
            del sys.modules[name]


@pytest.mark.usefixtures("written")
async def test_the_stage_of_the_guide_works(servers: Endpoints, database: str) -> None:
    guide = importlib.import_module("tests.flagger.test_stage")
    await guide.test_a_package_that_is_too_risky_is_flagged_once(servers, database)


@pytest.mark.usefixtures("written")
async def test_after_a_restore_and_a_rewind_lost_work_is_done_again(
    servers: Endpoints, database: str
) -> None:
    service = importlib.import_module("flagger.__main__")
    began = datetime.now(UTC) - timedelta(minutes=5)
    async with open_bench(servers, database, "flagger", service.MIGRATIONS) as bench:
        async with bench.working(stage(bench)):
            await bench.send(PACKAGE)
            await bench.seen("select count(*) from flag", 1, what="the package is flagged")
        await bench.pool.execute("truncate flag, inbox, outbox")  # as in a backup from before it all

        offsets = await rewinding().rewind(bench.settings, "flagger", [PackageEnriched.topic], began)

        assert set(offsets.values()) == {0}
        async with bench.working(stage(bench)):
            await bench.seen("select count(*) from flag", 1, what="the package is flagged again")


def stage(bench: StageBench) -> Stage:
    app, settings = importlib.import_module("flagger.app"), importlib.import_module("flagger.settings")
    flags = importlib.import_module("flagger.adapters").PostgresFlags()
    built: Stage = app.build(settings.Settings(runtime=bench.settings, tolerated="low"), flags=flags)
    return built


def rewinding() -> ModuleType:
    guide = page("docs/howto/restore-the-database.md")
    [block] = [each for each in guide.blocks if each.file == "rewind.py"]
    module = ModuleType("rewind")
    exec(compile(block.body, "rewind.py", "exec"), module.__dict__)  # noqa: S102 - our own page
    return module
