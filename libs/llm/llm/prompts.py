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
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
