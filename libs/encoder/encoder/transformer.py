"""Models that sentence-transformers loads. Importing that takes seconds: it happens in `load` alone."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self, cast

import numpy as np

from encoder.port import EncoderMissing, ModelIdentity, Vectors, unit
from encoder.settings import EncoderSettings
from encoder.weights import Weights, find_weights

CPU_INFO: Final = Path("/proc/cpuinfo")
NATIVE_BFLOAT16: Final = frozenset({"amx_bf16", "avx512_bf16"})  # elsewhere bfloat16 is emulated

# How each backend is told its number type; an ONNX model carries its own.
PRECISION: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "torch": {"float32": {"dtype": "float32"}, "bfloat16": {"dtype": "bfloat16"}},
    "openvino": {
        "float32": {"ov_config": {"INFERENCE_PRECISION_HINT": "f32"}},
        "bfloat16": {"ov_config": {"INFERENCE_PRECISION_HINT": "bf16"}},
    },
    "onnx": {"float32": {}},
}


@dataclass(frozen=True, slots=True)
class SentenceTransformerEncoder:
    model: Any  # a SentenceTransformer, whose library is imported late
    identity: ModelIdentity
    batch_size: int
    lock: Lock = field(default_factory=Lock, repr=False)  # a tokenizer serves one thread at a time

    @classmethod
    def load(cls, settings: EncoderSettings) -> Self:
        """Read the weights from disk; EncoderMissing says what is not installed."""
        weights = find_weights(settings.model)
        dtype = chosen_dtype(settings, CPU_INFO)
        model = _load(weights, dtype, settings)
        identity = ModelIdentity(
            name=weights.name,
            revision=weights.revision,
            backend=settings.backend,
            dtype=dtype,
            dim=int(model.get_embedding_dimension()),
        )
        return cls(model=model, identity=identity, batch_size=settings.batch_size)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.identity.dim), np.float32)
        # Texts of like length pad little, and the same texts always make the same batches.
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        with self.lock:
            raw = self.model.encode(distinct, batch_size=self.batch_size, show_progress_bar=False)
        # Again and in float32: a model that computes in bfloat16 also normalises in it and misses 1.0.
        vectors = unit(np.asarray(raw, np.float32))
        rows = {text: row for row, text in enumerate(distinct)}
        return vectors[[rows[text] for text in texts]]


def chosen_dtype(settings: EncoderSettings, cpu_info: Path) -> str:
    possible = PRECISION[settings.backend]
    if settings.dtype == "auto":
        native = settings.device == "cpu" and "bfloat16" in possible and computes_bfloat16(cpu_info)
        return "bfloat16" if native else "float32"
    if settings.dtype not in possible:
        raise EncoderMissing(f"the {settings.backend} encoder computes in {', '.join(possible)} alone")
    return settings.dtype


def computes_bfloat16(cpu_info: Path) -> bool:
    if not cpu_info.exists():
        return False  # not Linux: nobody says, so the exact way
    flags = [line for line in cpu_info.read_text().splitlines() if line.startswith("flags")]
    return bool(flags) and not NATIVE_BFLOAT16.isdisjoint(flags[0].split())


def _load(weights: Weights, dtype: str, settings: EncoderSettings) -> Any:
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are imported: nothing is fetched at run time
    try:
        import torch  # noqa: PLC0415 - seconds, and only whoever encodes pays them
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        return SentenceTransformer(
            str(weights.folder),
            device=settings.device,
            backend=cast("Any", settings.backend),
            local_files_only=True,
            model_kwargs=dict(PRECISION[settings.backend][dtype]),
        )
    except ImportError as error:
        raise EncoderMissing(
            f"the {settings.backend} encoder needs a library that is not installed ({error}):"
            f" install assort-encoder[{settings.backend}]"
        ) from error
