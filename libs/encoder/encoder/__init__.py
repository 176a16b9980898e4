"""Texts to vectors. Importing this loads no model and none of the libraries behind one."""

from encoder.hashing import HashEncoder
from encoder.port import Encoder, EncoderMissing, ModelIdentity, Vectors
from encoder.settings import Backend, EncoderSettings
from encoder.text import text_of, text_of_node, text_of_product, text_sha256
from encoder.transformer import SentenceTransformerEncoder

__all__ = [
    "Backend",
    "Encoder",
    "EncoderMissing",
    "EncoderSettings",
    "HashEncoder",
    "ModelIdentity",
    "SentenceTransformerEncoder",
    "Vectors",
    "load_encoder",
    "text_of",
    "text_of_node",
    "text_of_product",
    "text_sha256",
]


def load_encoder(settings: EncoderSettings) -> Encoder:
    """A ready encoder. Takes seconds: services call it once, off the event loop."""
    return HashEncoder() if settings.backend == "hash" else SentenceTransformerEncoder.load(settings)
