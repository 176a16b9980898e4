"""The simulator without HTTP: a request comes in, what is to be sent comes out."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from simulator.behaviour import Behaviour, Fault, FaultKind
from simulator.chance import Faults, share
from simulator.completion import answer, completion, limited
from simulator.gold import Gold
from simulator.journal import Journal, Load
from simulator.profiles import PROFILES, objection
from simulator.question import BadQuestion, ChatRequest, Question, read
from simulator.refusing import REFUSALS, Refusal, error_body
from simulator.spoiling import spoiled

ON_THE_WIRE = {FaultKind.RESET, FaultKind.HANG, FaultKind.SLOW_DRIP}
STREAMING = Refusal(400, "invalid_request_error", "The simulator does not stream.", None, "stream")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send, after which delay, and what goes wrong on the way."""

    status: int
    body: bytes
    delay_seconds: float = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    on_the_wire: Fault | None = None


class Simulation:
    """The behaviour as it now is, and the journal."""

    def __init__(self, behaviour: Behaviour, api_key: str | None = None, gold: Gold | None = None) -> None:
        self._first = behaviour
        self._gold = gold or Gold()
        self._api_key = api_key
        self.journal = Journal()
        self.load = Load()
        self.behave(behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from now on; the faults count from zero."""
        self.behaviour = behaviour
        self._faults = Faults(behaviour)

    def set(self, changes: Any) -> None:
        self.behave(self.behaviour.changed(changes))

    def reset(self) -> None:
        """As at the start: first behaviour, empty journal."""
        self.behave(self._first)
        self.journal.clear()
        self.load.forget_peak()

    def reply(self, body: bytes, authorization: str | None) -> Reply:
        try:
            request = ChatRequest.model_validate_json(body)
            question = read(request.messages)
        except (ValidationError, BadQuestion) as error:
            return self._refused(_bad_request(error))
        fault = None
        if self._lets_in(authorization):
            fault = self._faults.next_for(question, request)
            reply = self._said(question, request, fault)
        else:
            reply = self._refused(REFUSALS[FaultKind.UNAUTHORIZED])
        self._note(question, request, reply, fault)
        return reply

    def _said(self, question: Question, request: ChatRequest, fault: Fault | None) -> Reply:
        if refusal := self._refusal(question, request, fault):
            return self._refused(refusal, question, fault)
        try:
            good = answer(question, request, self._gold)
        except BadQuestion as error:
            return self._refused(_bad_request(error), question)
        wire = fault if fault and fault.kind in ON_THE_WIRE else None
        bad = spoiled(fault.kind, good) if fault and not wire else good
        whole = completion(limited(bad, request, PROFILES[self.behaviour.profile]), question)
        return Reply(200, _dumped(whole), self._delay(question), on_the_wire=wire)

    def _refusal(self, question: Question, request: ChatRequest, fault: Fault | None) -> Refusal | None:
        if fault and fault.kind in REFUSALS:
            return REFUSALS[fault.kind]
        if request.stream:
            return STREAMING
        profile = PROFILES[self.behaviour.profile]
        against = objection(profile, request.model_dump(exclude_unset=True), question.conversation)
        if against is None:
            return None
        return Refusal(400, "invalid_request_error", against.words, against.code, against.field)

    def _refused(
        self, refusal: Refusal, question: Question | None = None, fault: Fault | None = None
    ) -> Reply:
        body = _dumped(error_body(refusal, PROFILES[self.behaviour.profile]))
        delay = self._delay(question) if question else 0
        limited_rate = fault is not None and fault.kind is FaultKind.RATE_LIMITED
        headers = {"retry-after": f"{fault.retry_after_seconds:g}"} if fault and limited_rate else {}
        return Reply(refusal.status, body, delay, headers)

    def _delay(self, question: Question) -> float:
        jitter = self.behaviour.jitter_seconds * share(question.prompt_sha256)
        return self.behaviour.latency_seconds + jitter

    def _lets_in(self, authorization: str | None) -> bool:
        given = (authorization or "").encode()
        return self._api_key is None or hmac.compare_digest(given, f"Bearer {self._api_key}".encode())

    def _note(self, question: Question, request: ChatRequest, reply: Reply, fault: Fault | None) -> None:
        hangs = fault is not None and fault.kind is FaultKind.HANG
        self.journal.note(
            prompt_sha256=question.prompt_sha256,
            name=question.prompt_name,
            model=request.model,
            status=None if hangs else reply.status,
            fault=fault.kind.value if fault else None,
        )


def _bad_request(error: ValidationError | BadQuestion) -> Refusal:
    words = str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        words = f"{'.'.join(str(step) for step in first['loc']) or 'body'}: {first['msg']}"
    return Refusal(400, "invalid_request_error", words)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
