"""A trained ranker, and the folder that it is kept in."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from pydantic import Field

from contracts.errors import InvalidEvent, WorkFailed
from contracts.event import Entity
from ranking.training.bm25 import Real
from ranking.training.features import FEATURES, features, reciprocal
from ranking.training.searching import Found, Index, Searcher

MODEL: Final = "model.txt"
RECIPE: Final = "ranker.json"
CARD: Final = "README.md"


class SplitCount(Entity):
    """What a split held when the ranker was trained."""

    queries: int
    answerable: int = Field(description="Queries with a relevant document.")
    judgements: int
    relevant: int
    unknown: int = Field(description="Judgements that name a query or a document that is not there.")


class Recipe(Entity):
    """All that decided what the model became."""

    features: tuple[str, ...]
    encoder: str
    seed: int
    rounds: int = Field(description="Trees.")
    parameters: dict[str, str | int | float | bool]
    versions: dict[str, str]
    benchmark: str
    documents: int
    splits: dict[str, SplitCount]
    files: dict[str, str] = Field(description="The sha256 of each.")
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Ranker:
    recipe: Recipe
    model: str = field(repr=False)  # LightGBM's text
    booster: Any = field(repr=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """InvalidEvent: it is no ranker, or one of another version."""
        recipe = _recipe(folder)
        model = (folder / MODEL).read_text("utf-8")
        if sha256(model) != recipe.model_sha256:
            raise InvalidEvent(
                "ranker", f"{folder / MODEL} is not the model that {RECIPE} speaks of: train anew"
            )
        if recipe.features != FEATURES:
            other = ", ".join(sorted(set(recipe.features) ^ set(FEATURES))) or "their order"
            raise InvalidEvent(
                "ranker",
                f"{folder} was trained with other features than this version has ({other}): train anew",
            )
        return cls(recipe, model, lightgbm().Booster(model_str=model))

    def check(self, encoder: str) -> None:
        if encoder != self.recipe.encoder:
            raise InvalidEvent(
                "ranker",
                f"it was trained with vectors of {self.recipe.encoder}, these are of {encoder}:"
                " name that encoder (and set ENCODER_DTYPE where machines differ), or train anew",
            )

    def ordered(self, searcher: Searcher, found: Sequence[Found]) -> list[Index]:
        """The rows of each, the best first. Trees score many alike: then places decide, at last the id."""
        scores = self.booster.predict(features(searcher, found), num_threads=1)
        starts = np.cumsum([0, *(len(one.rows) for one in found)])
        return [
            one.rows[np.lexsort((-_both(one), -scores[start:end]))]
            for one, start, end in zip(found, starts[:-1], starts[1:], strict=True)
        ]

    @property
    def gains(self) -> Mapping[str, float]:
        """How much each feature improved the trees, as a share of all."""
        gains = self.booster.feature_importance("gain")
        total = float(gains.sum())
        shares = gains / total if total else gains
        return dict(zip(self.recipe.features, shares.tolist(), strict=True))

    def save(self, folder: Path, card: str) -> None:
        """All at once: written beside, then put in its place. Replaces nothing but another ranker."""
        check_place(folder)
        folder = folder.resolve()
        beside = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        (beside / MODEL).write_text(self.model, "utf-8")
        (beside / RECIPE).write_text(self.recipe.model_dump_json(indent=2) + "\n", "utf-8")
        (beside / CARD).write_text(card, "utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        beside.rename(folder)


def check_place(folder: Path) -> None:
    """Before hours are spent on what cannot be kept."""
    if folder.exists() and not folder.is_dir():
        raise InvalidEvent("ranker", f"{folder} is a file: name a folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / RECIPE).is_file():
        raise InvalidEvent(
            "ranker", f"{folder} holds something that is no ranker: name a new or an empty folder"
        )


def lightgbm() -> Any:
    """Imported late: it loads a library of the system, and takes seconds."""
    try:
        return import_module("lightgbm")
    except OSError as error:
        raise WorkFailed(
            "lightgbm",
            f"LightGBM does not load ({error}): install libgomp1 (apt-get install libgomp1)",
        ) from error
    except ImportError as error:
        raise WorkFailed("lightgbm", f"{error}: install assort-ranking[train]") from error


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _recipe(folder: Path) -> Recipe:
    for name in (RECIPE, MODEL):
        if not (folder / name).is_file():
            raise InvalidEvent(
                "ranker", f"{folder} is no ranker: it has no {name}; `assort train ranker` makes one"
            )
    try:
        return Recipe.read((folder / RECIPE).read_bytes())
    except InvalidEvent as error:
        raise InvalidEvent(
            "ranker", f"{folder / RECIPE} is of another version or damaged ({error.words}): train anew"
        ) from error


def _both(found: Found) -> Real:
    return reciprocal(found.bm25_place) + reciprocal(found.dense_place)
