"""Products between two categories, looked at again; what got worse is undone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from contracts.segmenting import RefineAsked, RefineCategory, RefinedBatch
from segmenter.domain.assigning import Category, FirstPass
from segmenter.domain.margins import Labels, Margins, Space, boundary, far_from, likeness, margins
from segmenter.domain.naming import category_names, product_names, wrong_ids
from segmenter.domain.products import Catalog

MOST_SHOWN: Final = 60  # categories in one question, if there are more than that
NEAREST: Final = 4  # of each product
SAME: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an answer puts a product."""

    product: str
    category: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one batch came to."""

    number: int
    before: float
    after: float
    moved: int
    rolled_back: bool


@dataclass(frozen=True, slots=True)
class Refinement:
    """The category of each placed product after all of it, and what each batch brought."""

    labels: Labels
    batches: tuple[Measured, ...]
    before: float  # the mean margin of all products
    after: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The products that are in a category, with the categories as numbers."""

    item_ids: tuple[str, ...]
    rows: Labels  # of the catalog
    categories: tuple[Category, ...]
    space: Space
    far: float

    def margins(self, labels: Labels | None = None, rows: Labels | None = None) -> Margins:
        """With other labels, of some of the products; none: as they are, of all."""
        space = self.space if labels is None else self.space.with_labels(labels)
        return margins(space, self.far, rows)

    @property
    def row_of(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    @property
    def number_of(self) -> dict[str, int]:
        return {category.category_id: number for number, category in enumerate(self.categories)}


def placed(catalog: Catalog, first: FirstPass) -> Placed:
    rows = [row for row, item_id in enumerate(catalog.item_ids) if item_id in first.category_of]
    numbers = {category.category_id: number for number, category in enumerate(first.categories)}
    item_ids = tuple(catalog.item_ids[row] for row in rows)
    labels = np.array([numbers[first.category_of[item_id]] for item_id in item_ids], np.intp)
    outside = next((at for at, category in enumerate(first.categories) if category.is_out_of_scope), None)
    space = Space(catalog.items.vectors[rows], labels, len(first.categories), outside)
    return Placed(item_ids, np.array(rows, np.intp), first.categories, space, far_from(space))


def between(here: Placed, share: float) -> Labels:
    """Which of the placed products stand between two categories."""
    if len(here.categories) < 2 or not len(here.item_ids):  # noqa: PLR2004 - there is nothing between
        return np.zeros(0, np.intp)
    return boundary(here.margins(), share)


def offered(here: Placed, rows: Labels) -> tuple[RefineCategory, ...]:
    """The categories that these products may be put into."""
    shown = range(len(here.categories)) if len(here.categories) <= MOST_SHOWN else _near(here, rows)
    return tuple(
        RefineCategory(
            category_id=here.categories[number].category_id,
            category_name=here.categories[number].name,
            definition=here.categories[number].definition,
        )
        for number in shown
    )


def refinement_complaints(choices: Sequence[Choice], products: int, categories: int) -> list[str]:
    known = set(category_names(categories))
    unknown = sorted({choice.category for choice in choices} - known)
    return [
        *wrong_ids(product_names(products), [choice.product for choice in choices]),
        *(f"no such segment: {name}" for name in unknown[:10]),
    ]


def refined_batch(asked: RefineAsked, choices: Sequence[Choice]) -> RefinedBatch:
    ids = dict(
        zip(
            category_names(len(asked.categories)),
            (category.category_id for category in asked.categories),
            strict=True,
        )
    )
    chosen = {choice.product: ids[choice.category] for choice in choices}
    names = product_names(len(asked.product_ids))
    return RefinedBatch(number=asked.number, category_ids=tuple(chosen[name] for name in names))


def refine(
    here: Placed, answers: Sequence[tuple[RefineAsked, RefinedBatch]], *, roll_back: bool
) -> Refinement:
    """Each batch is measured alone against the first pass, so that their order means nothing."""
    proposals = [_proposal(here, asked, answer) for asked, answer in answers]
    batches = [_measured(here, each, roll_back=roll_back) for each in proposals]
    labels = here.space.labels.copy()
    for each, measured in zip(proposals, batches, strict=True):
        if not measured.rolled_back:
            labels[each.rows] = each.labels
    before, after = _mean(here), _mean(here, labels)
    if roll_back and after < before - SAME:
        undone = [
            Measured(one.number, one.before, one.after, one.moved, rolled_back=one.moved > 0)
            for one in batches
        ]
        return Refinement(here.space.labels, tuple(undone), before, before)
    return Refinement(labels, tuple(batches), before, after)


@dataclass(frozen=True, slots=True)
class _Proposal:
    number: int
    rows: Labels
    labels: Labels


def _proposal(here: Placed, asked: RefineAsked, answer: RefinedBatch) -> _Proposal:
    row_of, number_of = here.row_of, here.number_of
    return _Proposal(
        asked.number,
        np.array([row_of[item_id] for item_id in asked.product_ids], np.intp),
        np.array([number_of[category_id] for category_id in answer.category_ids], np.intp),
    )


def _measured(here: Placed, proposal: _Proposal, *, roll_back: bool) -> Measured:
    labels = here.space.labels.copy()
    moved = int(np.sum(labels[proposal.rows] != proposal.labels))
    before = float(here.margins(rows=proposal.rows).mean())
    if not moved:
        return Measured(proposal.number, before, before, 0, rolled_back=False)
    labels[proposal.rows] = proposal.labels
    after = float(here.margins(labels, proposal.rows).mean())
    return Measured(proposal.number, before, after, moved, rolled_back=roll_back and after < before - SAME)


def _mean(here: Placed, labels: Labels | None = None) -> float:
    return float(here.margins(labels).mean()) if len(here.item_ids) else 0.0


def _near(here: Placed, rows: Labels) -> list[int]:
    near = np.argsort(-likeness(here.space, rows), axis=1, kind="stable")[:, :NEAREST]
    current = here.space.labels[rows]
    outside = [] if here.space.outside is None else [here.space.outside]
    return sorted({*_ints(near.ravel()), *_ints(current), *outside})


def _ints(numbers: Labels) -> Iterator[int]:
    return (int(number) for number in numbers)
