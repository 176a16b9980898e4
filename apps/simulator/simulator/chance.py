"""Which call fails: by rule, count and hash, never by real chance."""

import hashlib
from collections import Counter

from simulator.behaviour import Behaviour, Fault, FaultKind
from simulator.question import ChatRequest, Question


class Faults:
    """Counts calls since the faults were set, so that a repeated call can have another fate."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._calls: Counter[str] = Counter()
        self._struck: Counter[int] = Counter()
        self._struck_of_each: Counter[tuple[int, str]] = Counter()

    def next_for(self, question: Question, request: ChatRequest) -> Fault | None:
        """The first fault that strikes this call, if any; asking counts as the call."""
        call = self._calls[question.prompt_sha256]
        self._calls[question.prompt_sha256] += 1
        for place, fault in enumerate(self._behaviour.faults):
            if _concerns(fault, question, request) and self._strikes(place, fault, question, call):
                self._struck[place] += 1
                self._struck_of_each[place, question.prompt_sha256] += 1
                return fault
        return None

    def _strikes(self, place: int, fault: Fault, question: Question, call: int) -> bool:
        sha = question.prompt_sha256
        if fault.first_n is not None and self._struck[place] >= fault.first_n:
            return False
        if fault.first_n_of_each is not None and self._struck_of_each[place, sha] >= fault.first_n_of_each:
            return False
        return share(f"{self._behaviour.seed}:{place}:{fault.kind}:{sha}:{call}") < fault.rate


def share(text: str) -> float:
    """A number from 0 up to 1 that is always the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def _concerns(fault: Fault, question: Question, request: ChatRequest) -> bool:
    wanted = request.response_format
    if fault.kind is FaultKind.UNSUPPORTED_RESPONSE_FORMAT and (wanted is None or wanted.type == "text"):
        return False
    if fault.prompt is not None and fault.prompt != question.prompt_name:
        return False
    return fault.containing is None or fault.containing in question.conversation
