"""Prompt files: front matter, a system part and a user part, with placeholders that must all be filled.

    ---
    name: propose_packages
    version: 1
    ---
    ## system
    You group deals for {{audience}}.
    ## user
    {{deals}}

A placeholder of a text becomes the text. A placeholder of data becomes a whole block, `<data name="deals">`
and all, so that what comes from upstream can never be taken for instructions.

A prompt that has versions is a file for each, `propose_packages.v1.md` and so on: what a run was asked stays
there to be read, and can be asked again.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts import WorkFailed

UNKNOWN_VERSION: Final = "unknown_prompt_version"
PLACEHOLDER = re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}")
FILE = re.compile(
    r"\A---\n(?P<matter>.*?)\n---\n\s*## system\n(?P<system>.*?)\n## user\n(?P<user>.*)\Z", re.DOTALL
)
OWN_DATA = re.compile(r"^<data|</data", re.MULTILINE)  # a sentence may speak of <data> blocks
NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True, slots=True)
class Rendered:
    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    version: int
    system: str
    user: str
    source: str  # the file as it is

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()

    @property
    def placeholders(self) -> frozenset[str]:
        """What has to be given to fill it."""
        return frozenset(PLACEHOLDER.findall(self.system)) | frozenset(PLACEHOLDER.findall(self.user))

    def render(self, values: Mapping[str, str], data: Mapping[str, Sequence[Any]]) -> Rendered:
        self._check(values, data)
        blocks = {name: data_block(name, items) for name, items in data.items()}
        system = _fill(self.system, values)
        return Rendered(
            system=f'<prompt name="{self.name}" version="{self.version}"/>\n{system}',
            user=_fill(self.user, {**values, **blocks}),
        )

    def _check(self, values: Mapping[str, str], data: Mapping[str, Sequence[Any]]) -> None:
        in_system, in_user = set(PLACEHOLDER.findall(self.system)), set(PLACEHOLDER.findall(self.user))
        given, wanted = {*values, *data}, in_system | in_user
        if given != wanted or set(values) & set(data):
            raise ValueError(f"prompt {self.name} wants {sorted(wanted)}, given are {sorted(given)}")
        if in_system & set(data):
            raise ValueError(
                f"prompt {self.name} has data in its system part: {sorted(in_system & set(data))}"
            )


@dataclass(frozen=True, slots=True)
class Prompts:
    """All versions of one prompt, the newest last."""

    name: str
    versions: tuple[Prompt, ...]

    def of(self, version: int | None) -> Prompt:
        """This version; None: the newest. WorkFailed names those there are, as a run may ask for any."""
        if version is None:
            return self.versions[-1]
        found = next((prompt for prompt in self.versions if prompt.version == version), None)
        if found is None:
            there = ", ".join(str(prompt.version) for prompt in self.versions)
            raise WorkFailed(
                UNKNOWN_VERSION, f"prompt {self.name} has no version {version}; there are: {there}"
            )
        return found


def load_prompts(folder: Path, name: str) -> Prompts:
    """The files `<name>.v<version>.md` of a folder."""
    found = {path: load_prompt(path) for path in sorted(folder.glob(f"{name}.v*.md"))}
    for path, prompt in found.items():
        if path.name != f"{prompt.name}.v{prompt.version}.md":
            raise ValueError(f"{path} says of itself that it is version {prompt.version} of {prompt.name}")
    if not found:
        raise ValueError(f"{folder} holds no version of the prompt {name}: {name}.v1.md")
    return Prompts(name, tuple(sorted(found.values(), key=lambda prompt: prompt.version)))


def load_prompt(path: Path) -> Prompt:
    source = path.read_text(encoding="utf-8")
    parts = FILE.match(source)
    if parts is None:
        raise ValueError(f"{path} is no prompt: it needs front matter, '## system' and '## user'")
    if OWN_DATA.search(source):
        raise ValueError(f"{path} writes <data> itself; a placeholder of data becomes the whole block")
    matter = dict(re.findall(r"^(\w+): *(.*?) *$", parts["matter"], re.MULTILINE))
    if not NAME.fullmatch(matter.get("name", "")) or not matter.get("version", "").isdecimal():
        raise ValueError(f"{path} needs a plain name and a version number in its front matter")
    return Prompt(
        matter["name"], int(matter["version"]), parts["system"].strip(), parts["user"].strip(), source
    )


def data_block(name: str, items: Sequence[Any]) -> str:
    """Sorted, so that the order in which things arrived changes neither the prompt nor its cache key."""
    lines = sorted(_line(item) for item in items)
    return "\n".join([f'<data name="{name}">', *lines, "</data>"])


def _line(item: Any) -> str:
    # No tag can be opened or closed from within.
    return json.dumps(item, sort_keys=True, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _fill(text: str, filling: Mapping[str, str]) -> str:
    """In one pass: a placeholder inside a filling is text like any other."""
    return PLACEHOLDER.sub(lambda found: filling[found[1]], text)
