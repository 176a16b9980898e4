"""What documents point to exists: pages, headings, files, commands, settings, targets."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
import typer

from cli.app import build
from docs.tools import settings
from docs.tools.commands import options
from tests.docs.pages import ROOT, Page, pages, slug

PAGES = pages()
TOPS = ("libs/", "services/", "apps/", "deploy/", "docs/", "tests/", "bench/")
MAKE = re.compile(r"^(?:\w+=\S+ )*make ((?:[a-z]+ ?)+)")
MODULE = re.compile(r"python -m ([\w.]+)")
VARIABLE = re.compile(r"^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=\S*)?$")
NOT_SETTINGS = {
    "HF_HUB_OFFLINE",
    "SASL_SSL",
    "SASL_PLAINTEXT",
    "EVENTS",
    "STAGES",
    "CHECKS",
    "LOG_LAYOUT",
    "FULL_TRANSITIVE",
    "RUN_ID",
    "MIX_MATCH",
    "P_0",  # as questions call products and categories
    "S_0",
}
NEW = "docs/howto/add-a-stage.md"  # it names files that its reader writes

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


@every_page
def test_relative_links_lead_somewhere(page: Page) -> None:
    assert [
        link for link in page.links if not link.startswith(("http://", "https://")) and not leads(page, link)
    ] == []


@every_page
def test_files_that_are_named_exist(page: Page) -> None:
    named = [
        span for span in page.spans if span.startswith(TOPS) and not any(sign in span for sign in "<*{ ")
    ]
    missing = [span for span in named if not (ROOT / span.partition("::")[0]).exists()]
    assert missing == [] or page.name == NEW


@every_page
def test_make_targets_exist(page: Page) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = {word for command in page.commands if (found := MAKE.match(command)) for word in found[1].split()}
    assert used - targets == set()


@every_page
def test_commands_of_assort_exist_with_their_options(page: Page) -> None:
    root = typer.main.get_command(build())
    assert [wrong for command in page.commands for wrong in unknown(root, command)] == []


@every_page
def test_modules_that_are_started_exist(page: Page) -> None:
    modules = {name for command in page.commands for name in MODULE.findall(command)}
    assert [name for name in modules if not exists(name)] == [] or page.name == NEW


@every_page
def test_variables_that_are_named_are_settings(page: Page) -> None:
    known = (
        {one.name for one in settings.everything()} | {name for name, *_ in settings.OTHERS} | NOT_SETTINGS
    )
    named = {found[1] for span in page.spans if (found := VARIABLE.match(span.removeprefix("export ")))}
    assert named - known == set() or page.name == NEW


def test_every_setting_says_what_it_means() -> None:
    assert [one.name for one in settings.everything() if not one.words] == []


def test_words_of_a_setting_stand_in_one_place() -> None:
    silent = {one.name for one in settings.everything() if not one.field.description}
    assert set(settings.WORDS) - silent == set()


def test_variables_that_code_reads_by_itself_are_documented() -> None:
    documented = (
        {one.name for one in settings.everything()} | {name for name, *_ in settings.OTHERS} | NOT_SETTINGS
    )
    read = re.compile(r'environ(?:ment)?(?:\.get\(|\[)"([A-Z0-9_]+)"')
    sources = (path for top in ("libs", "services", "apps", "deploy") for path in (ROOT / top).rglob("*.py"))
    used = {name for path in sources for name in read.findall(path.read_text("utf-8"))}
    assert used - documented == set()


def test_there_are_pages_to_look_at() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "ARCHITECTURE.md", "docs/README.md", "services/packager/README.md"} <= names


def test_headings_become_anchors_as_code_hosts_make_them() -> None:
    assert slug("When it goes wrong") == "when-it-goes-wrong"
    assert slug("How-to") == "how-to"
    assert slug("read.\\<stage>_runs_v1") == "readstage_runs_v1"
    assert slug("`Deal` and [words](x.md)") == "deal-and-words"


def test_a_wrong_option_is_noticed() -> None:
    root = typer.main.get_command(build())
    assert list(unknown(root, "assort run packages --bugdet 3")) == ["assort run packages --bugdet"]
    assert list(unknown(root, "assort runn packages")) == ["assort runn"]
    assert list(unknown(root, "assort run packages --budget 3; assort watch last")) == []


def leads(page: Page, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (page.path.parent / file).resolve() if file else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or target.suffix != ".md" or anchor in Page(target).anchors


def exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that is not there
        return False


def unknown(root: Any, line: str) -> Iterator[str]:
    """Commands and options of a line that the program does not have."""
    for part in re.split(r"[;|&]+", line):
        words = part.split()
        if "assort" in words and not part.strip().startswith(("python", "export")):
            yield from _unknown(root, words[words.index("assort") + 1 :])


def _unknown(root: Any, words: list[str]) -> Iterator[str]:
    command, path, known = root, ["assort"], options(root)
    for word in words:
        inner = getattr(command, "commands", {})
        if word.startswith("--"):
            if word.partition("=")[0] not in known | options(command):
                yield " ".join([*path, word])
        elif inner and re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
            if word not in inner:
                yield " ".join([*path, word])
                return
            command, path = inner[word], [*path, word]
