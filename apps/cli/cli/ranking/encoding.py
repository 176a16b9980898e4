"""The encoder library, plugged into what trains rankers: neither knows the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from encoder import Encoder, EncoderSettings, load_encoder

if TYPE_CHECKING:  # numpy, which no other command waits for
    from encoder import Vectors

HASH: Final = "hash"


@dataclass(frozen=True, slots=True)
class Plugged:
    encoder: Encoder

    @classmethod
    def load(cls, name: str | None) -> Self:
        """By its name or folder, or `hash`; None: as the ENCODER_* variables say."""
        settings = EncoderSettings()
        if name == HASH:
            settings = settings.model_copy(update={"backend": HASH})
        elif name is not None:
            settings = settings.model_copy(update={"model": name})
        return cls(load_encoder(settings))

    @property
    def name(self) -> str:
        return str(self.encoder.identity)

    def encode(self, texts: Sequence[str]) -> "Vectors":
        return self.encoder.encode(texts)
