"""How a segmenter is set up. Everything comes from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from llm import LlmSettings
from objects import ObjectSettings
from runtime import PatientSettings, RuntimeSettings
from segmenter.domain.params import Defaults


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SEGMENTATION_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=PatientSettings)
    objects: ObjectSettings = Field(default_factory=ObjectSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)

    products_per_prompt: int = Field(
        default=40, ge=1, le=200, description="Products of one question for categories."
    )
    taxonomies_per_consolidation: int = Field(
        default=20, ge=2, le=100, description="Taxonomies that one question merges."
    )
    products_per_refinement: int = Field(
        default=40, ge=1, le=200, description="Products of one question for better assignments."
    )
    max_retries: int = Field(
        default=3, ge=0, description="Of a call that failed on its way; LLM_TRANSPORT_RETRIES is not read."
    )
    max_output_tokens: int = Field(default=8192, ge=256, description="Of one answer.")

    @property
    def retrying_llm(self) -> LlmSettings:
        return self.llm.model_copy(update={"llm_transport_retries": self.max_retries})

    @property
    def defaults(self) -> Defaults:
        return Defaults(
            products_per_prompt=self.products_per_prompt,
            taxonomies_per_consolidation=self.taxonomies_per_consolidation,
            products_per_refinement=self.products_per_refinement,
            max_retries=self.max_retries,
            max_output_tokens=self.max_output_tokens,
            model=self.llm.product_model,
            temperature=self.llm.default_temperature,
        )
