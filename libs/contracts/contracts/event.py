"""What every event has: a topic, a tenant, a key, and an id that follows from its content."""

import hashlib
import json
import re
from abc import abstractmethod
from collections import Counter
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.errors import InvalidEvent

NAMESPACE = UUID("6f1c3a52-9d0e-5b7a-8f4e-2a5d1c7b9e60")
DEFAULT_TENANT = "main"
MAX_EVENT_BYTES = 64 * 1024
MAX_NUMBER = 2**31 - 1  # of a Postgres integer

TENANT = r"^[a-z0-9][a-z0-9_-]{0,62}$"
RUN_ID = r"^[A-Za-z0-9_.:-]{1,64}$"
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class Entity(BaseModel):
    """A value that travels. Writers are strict: an unknown field is an error; `read` is tolerant."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants")

    @classmethod
    def read(cls, body: bytes | str) -> Self:
        """Parse what somebody wrote, ignoring fields that this version does not know."""
        try:
            return cls.model_validate(loads(body), extra="ignore")
        except ValidationError as error:
            raise InvalidEvent("schema", describe(error)) from error

    def canonical(self) -> bytes:
        """The one spelling of this value: what is hashed, stored and sent."""
        return canonical(self.model_dump(mode="json"))


class Event(Entity):
    """One fact on one topic."""

    topic: ClassVar[str]
    tenant: str = Field(default=DEFAULT_TENANT, pattern=TENANT)

    @property
    @abstractmethod
    def entity(self) -> str:
        """What this event is about, within its tenant and run."""

    @property
    def key(self) -> str:
        """Events with equal keys keep their order."""
        return f"{self.tenant}/{self.entity}"

    @property
    def event_id(self) -> UUID:
        content = hashlib.sha256(self.canonical()).hexdigest()
        return derived_id(self.topic, self.tenant, self.entity, content)


class RunEvent(Event):
    """An event of one revision of one run."""

    run_id: str = Field(pattern=RUN_ID)
    revision: int = Field(default=1, ge=1, le=MAX_NUMBER)

    @property
    def entity(self) -> str:
        return self.run_id

    @property
    def key(self) -> str:
        return f"{self.tenant}/{self.run_id}/{self.entity}"

    @property
    def event_id(self) -> UUID:
        content = hashlib.sha256(self.canonical()).hexdigest()
        return derived_id(self.topic, self.tenant, self.run_id, self.revision, self.entity, content)


class Task(RunEvent):
    """Work that a service hands to itself: it lives in the service's own inbox and never on a topic."""


def derived_id(*parts: object) -> UUID:
    """The same parts always give the same id, on any machine."""
    return uuid5(NAMESPACE, json.dumps([str(part) for part in parts], ensure_ascii=False))


def canonical(value: Any) -> bytes:
    """JSON with one spelling per value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def loads(body: bytes | str) -> Any:
    """JSON as people mean it: no duplicate names, no NaN, no bottomless nesting."""
    try:
        text = body if isinstance(body, str) else body.decode()
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        if "\\u" in text:
            _check_texts(value)
    except UnicodeDecodeError as error:
        raise InvalidEvent("encoding", "the value is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise InvalidEvent("json", f"the value is not JSON: {error}") from error
    except ValueError as error:  # an integer of thousands of digits
        raise InvalidEvent("json", f"the value holds a number that cannot be read: {error}") from error
    except RecursionError as error:
        raise InvalidEvent("json", "the value is nested too deeply") from error
    return value


def describe(error: ValidationError, limit: int = 5) -> str:
    """Field and reason of each problem, in words that a publisher can act on."""
    problems = [
        f"{'.'.join(str(step) for step in problem['loc']) or 'value'}: {problem['msg']}"
        for problem in error.errors()
    ]
    more = f" (and {len(problems) - limit} more)" if len(problems) > limit else ""
    return "; ".join(problems[:limit]) + more


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        repeated = sorted(ascii(name) for name, count in counts.items() if count > 1)
        raise InvalidEvent("json", f"names appear twice in one object: {', '.join(repeated[:5])}")
    return names


def _check_texts(value: Any, place: str = "value") -> None:
    """Refuse what JSON can escape but neither UTF-8 nor Postgres can hold."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(name, "a name")
            _check_texts(inner, name if place == "value" else f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_texts(inner, f"{place}.{number}")
    elif isinstance(value, str) and _UNFIT.search(value):
        raise InvalidEvent(
            "schema", f"{place}: a text holds NUL or half a surrogate pair; send whole characters"
        )


def _no_constant(word: str) -> float:
    raise InvalidEvent("json", f"{word} is not a JSON number")
