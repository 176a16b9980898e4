"""An OpenAI-compatible server for demos and tests: answers follow from the question alone."""

from simulator.behaviour import Behaviour, Fault, FaultKind
from simulator.completion import MODEL
from simulator.question import prompt_sha256

__all__ = ["MODEL", "Behaviour", "Fault", "FaultKind", "prompt_sha256"]
