"""Decisions and the changelog keep their form."""

import re

from tests.docs.pages import ROOT, Page, page

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = [Page(path) for path in sorted(FOLDER.glob("[0-9]*.md"))]
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
STATUS = re.compile(
    r"^Status: (accepted|superseded by \d{4}) +Area: \w+ +Date: \d{4}-\d\d-\d\d$", re.MULTILINE
)
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(decision.path.name[:4]) for decision in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_each_decision_has_every_part() -> None:
    for decision in DECISIONS:
        assert decision.text.startswith(f"# {decision.path.name[:4]}: "), decision.name
        assert STATUS.search(decision.text), decision.name
        assert re.findall(r"^## (.+)$", decision.text, re.MULTILINE) == PARTS, decision.name
        assert "\nRevisit when: " in decision.text, decision.name


def test_the_list_of_decisions_is_complete() -> None:
    titles = [decision.text.partition("\n")[0].partition(": ")[2] for decision in DECISIONS]
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", page("docs/decisions/README.md").text, re.MULTILINE
    )
    named = [(decision.path.name[:4], decision.path.name) for decision in DECISIONS]
    assert rows == [(*name, title) for name, title in zip(named, titles, strict=True)]


def test_every_document_is_in_the_index() -> None:
    index = set(page("docs/README.md").links)
    for folder in ("tutorials", "howto", "reference", "explanation"):
        there = {f"{folder}/{path.name}" for path in (ROOT / "docs" / folder).glob("*.md")}
        assert there - index == set()


def test_the_changelog_keeps_its_form() -> None:
    text = page("CHANGELOG.md").text
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions[1:])
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= CHANGES
