"""The documents of the repository, and what stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PLACES = ("*.md", "docs/**/*.md", "libs/**/*.md", "services/**/*.md", "apps/**/*.md", "deploy/**/*.md")
PROMPTS = "prompts"  # they are Markdown too, and no documents

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
INDENTED = re.compile(r"^(?: {4}|\t)\S.*$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
NAMED = re.compile(r"`([\w./-]+)`:\s*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of code; `file` is the name that stands at the end of the text before it."""

    language: str
    body: str
    file: str | None
    indented: bool


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def prose(self) -> str:
        """Without the code between fences."""
        return FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return [self._block(found) for found in FENCE.finditer(self.text)]

    @property
    def links(self) -> list[str]:
        return LINK.findall(SPAN.sub("", self.prose))

    @property
    def spans(self) -> list[str]:
        return SPAN.findall(self.prose)

    @property
    def commands(self) -> Iterator[str]:
        """What a reader is told to type: in spans, in indented lines, and after a prompt."""
        yield from self.spans
        for block in self.blocks:
            yield from (line.strip().removeprefix("$ ") for line in block.body.splitlines())
        yield from (line.strip() for line in INDENTED.findall(self.prose))

    @property
    def anchors(self) -> set[str]:
        return {slug(heading) for heading in HEADING.findall(self.prose)}

    def _block(self, found: re.Match[str]) -> Block:
        named = NAMED.search(self.text[: found.start()])
        return Block(
            found["language"],
            dedent(found["body"]),
            named[1] if named else None,
            indented=bool(found["indent"]),
        )


def pages() -> list[Page]:
    found = {path for place in PLACES for path in ROOT.glob(place)}
    return [Page(path) for path in sorted(found) if PROMPTS not in path.parts]


def page(name: str) -> Page:
    return Page(ROOT / name)


def slug(heading: str) -> str:
    """As code hosts make it."""
    plain = LINK.sub(lambda found: found[0].partition("]")[0], heading).replace("\\", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
