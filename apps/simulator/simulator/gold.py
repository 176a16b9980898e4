"""Labels that are known: with them the simulator answers as a model would that is never wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

OUT_OF_SCOPE: Final = "out_of_scope"  # the label of what is no product of the kind asked for
LONGEST_NAME: Final = 200  # a question shows no more of a name


@dataclass(frozen=True, slots=True)
class Gold:
    """The label of each product, by its name; products that are not named are answered without."""

    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> Self:
        return cls({_cut(name): label.strip() for name, label in labels.items()})

    @classmethod
    def read(cls, path: Path) -> Self:
        """ValueError: the file is no JSON object of names and labels."""
        try:
            labels = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} cannot be read as JSON: {error}") from error
        if not isinstance(labels, dict) or not all(isinstance(label, str) for label in labels.values()):
            raise ValueError(f'{path} has to be one JSON object, {{"name of a product": "its label"}}')
        return cls.of(labels)

    def label(self, name: str) -> str | None:
        return self.labels.get(_cut(name))

    @property
    def names(self) -> frozenset[str]:
        """The labels, each once."""
        return frozenset(self.labels.values())


def _cut(name: str) -> str:
    return name[:LONGEST_NAME].strip()
