"""The language model: three questions, and what their answers say."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from contracts.product import Product
from contracts.segmenting import MergeAsked, Phase, RefineAsked
from llm import Answer, Answered, Budget, Call, LanguageModel, Question, load_prompts
from segmenter.domain.extracting import Extraction, Found, extraction_complaints
from segmenter.domain.merging import Merge, merge_complaints
from segmenter.domain.naming import category_names, product_names
from segmenter.domain.products import shown
from segmenter.domain.records import Said
from segmenter.domain.refining import Choice, refinement_complaints
from segmenter.domain.tasks import TakeStep

PROMPTS: Final = Path(__file__).parent.parent / "prompts"
NAME_OF: Final[Mapping[Phase, str]] = {
    "segmentation": "extract_taxonomy",
    "consolidate_taxonomy": "consolidate_taxonomy",
    "refine_assignments": "refine_assignments",
}
RETRY: Final = "shared_retry"

A = TypeVar("A", bound=Answer)
CategoryName = Annotated[str, Field(min_length=1, max_length=255)]
Definition = Annotated[str, Field(max_length=4000)]


class ExtractedCategory(Answer):
    category_name: CategoryName
    definition: Definition
    product_ids: tuple[str, ...]


class Taxonomy(Answer):
    """What extract_taxonomy has to be answered with."""

    categories: tuple[ExtractedCategory, ...]
    out_of_scope: tuple[str, ...] = Field(default=())


class MergedFrom(Answer):
    category_name: CategoryName
    definition: Definition
    merged: tuple[str, ...]


class Consolidation(Answer):
    """What consolidate_taxonomy has to be answered with."""

    categories: tuple[MergedFrom, ...]


class Assignment(Answer):
    product_id: str
    category_id: str


class Assignments(Answer):
    """What refine_assignments has to be answered with."""

    assignments: tuple[Assignment, ...]


class LlmAsker:
    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.files = {name: load_prompts(PROMPTS, name) for name in (*NAME_OF.values(), RETRY)}

    def prompts(self, version: int | None) -> Mapping[str, str]:
        found = [prompts.of(version) for prompts in self.files.values()]
        return {f"{prompt.name}.v{prompt.version}": prompt.sha256 for prompt in found}

    async def extract(self, step: TakeStep, products: Sequence[Product]) -> Said[Extraction]:
        answered = await self._ask(
            step,
            Taxonomy,
            data={"products": _shown(products)},
            check=lambda answer: extraction_complaints(_extraction(answer), len(products)),
            about=[(product.item_id, product.name) for product in products],
        )
        return Said(_extraction(answered.value), len(answered.earlier))

    async def merge(self, step: TakeStep, asked: MergeAsked) -> Said[Sequence[Merge]]:
        categories = asked.categories
        answered = await self._ask(
            step,
            Consolidation,
            data={
                "categories": [
                    {"id": name, **category.model_dump(mode="json", exclude={"category_id"})}
                    for name, category in zip(category_names(len(categories)), categories, strict=True)
                ]
            },
            check=lambda answer: merge_complaints(_merges(answer), len(categories)),
            about=[(category.category_id, category.category_name) for category in categories],
        )
        return Said(_merges(answered.value), len(answered.earlier))

    async def refine(
        self, step: TakeStep, asked: RefineAsked, products: Sequence[Product]
    ) -> Said[Sequence[Choice]]:
        names = category_names(len(asked.categories))
        answered = await self._ask(
            step,
            Assignments,
            data={
                "subcategories": [
                    {"id": name, "category_name": each.category_name, "definition": each.definition}
                    for name, each in zip(names, asked.categories, strict=True)
                ],
                "products": _shown(products, _current(asked, names)),
            },
            check=lambda answer: refinement_complaints(_choices(answer), len(products), len(names)),
            about=[(product.item_id, product.name) for product in products],
        )
        return Said(_choices(answered.value), len(answered.earlier))

    async def _ask(
        self,
        step: TakeStep,
        answer: type[A],
        *,
        data: Mapping[str, Sequence[Any]],
        check: Callable[[A], list[str]],
        about: Sequence[tuple[str, str]],
    ) -> Answered[A]:
        config = step.config
        return await self.model.ask(
            Question(
                prompt=self.files[NAME_OF[step.phase]].of(config.prompt_version),
                retry=self.files[RETRY].of(config.prompt_version),
                answer=answer,
                call=_call(step, about),
                model=config.model,
                values={"category": step.category},
                data=data,
                check=check,
                temperature=config.temperature,
                max_output_tokens=config.max_output_tokens,
                timeout_seconds=config.timeout_seconds,
                sample=config.fresh,
                budget=None if step.budget_usd is None else Budget(Decimal(str(step.budget_usd))),
            )
        )


def _shown(products: Sequence[Product], current: Sequence[str] = ()) -> list[dict[str, Any]]:
    lines = [
        shown(product, name) for product, name in zip(products, product_names(len(products)), strict=True)
    ]
    return [line | {"current": name} for line, name in zip(lines, current, strict=True)] if current else lines


def _current(asked: RefineAsked, names: Sequence[str]) -> list[str]:
    ids = [category.category_id for category in asked.categories]
    return [names[ids.index(category_id)] for category_id in asked.current]


def _call(step: TakeStep, about: Sequence[tuple[str, str]]) -> Call:
    return Call(
        tenant=step.tenant,
        run_id=step.run_id,
        revision=step.revision,
        stage="segmenter",
        interaction_type=step.phase,
        entity=step.entity,
        batch_id=step.number,
        category=step.category,
        expected_ids=tuple(item_id for item_id, _ in about),
        names=tuple(name for _, name in about),
    )


def _extraction(answer: Taxonomy) -> Extraction:
    return Extraction(
        tuple(Found(each.category_name, each.definition, each.product_ids) for each in answer.categories),
        answer.out_of_scope,
    )


def _merges(answer: Consolidation) -> tuple[Merge, ...]:
    return tuple(Merge(each.category_name, each.definition, each.merged) for each in answer.categories)


def _choices(answer: Assignments) -> tuple[Choice, ...]:
    return tuple(Choice(each.product_id, each.category_id) for each in answer.assignments)
