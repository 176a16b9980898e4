from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Backend = Literal["torch", "openvino", "onnx", "hash"]


class EncoderSettings(BaseSettings):
    """The environment's ENCODER_* variables."""

    model_config = SettingsConfigDict(env_prefix="ENCODER_", frozen=True, extra="ignore")

    model: str = Field(
        default="all-MiniLM-L6-v2", description="The packaged model, or a folder with another one."
    )
    backend: Backend = Field(default="torch", description="hash needs no model: word counts, for tests only.")
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="auto: bfloat16 where the CPU computes it natively. Set it where machines differ.",
    )
    batch_size: int = Field(default=32, ge=1, le=4096)
    device: str = "cpu"
    threads: int | None = Field(
        default=None, ge=1, description="None: the library's choice, the cores it may use."
    )
