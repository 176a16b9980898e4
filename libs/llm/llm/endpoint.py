"""The provider: one call, one answer or one CallFailed. The only place that knows the openai package."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from json import dumps
from typing import Any

import httpx2
from openai import APIError, AsyncOpenAI, DefaultAsyncHttpxClient
from pydantic import BaseModel, SecretStr, ValidationError

from llm.failures import CallFailed, Kind, failure_of, timed_out
from llm.profiles import Format, Profile
from llm.question import Tokens
from llm.request import Request

CONNECT_SECONDS = 5.0
FRESH_SECONDS = 10.0  # no longer than a lease: later somebody else may have the answer
NO_KEY = "none"  # the openai package insists on one


class Details(BaseModel):
    cached_tokens: int | None = None


class Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: Details | None = None

    def tokens(self) -> Tokens:
        """As they are billed: Gemini counts what it thought in the total alone."""
        prompt, cached = self.prompt_tokens or 0, 0
        if self.prompt_tokens_details:
            cached = min(self.prompt_tokens_details.cached_tokens or 0, prompt)
        return Tokens(prompt, max(self.completion_tokens or 0, (self.total_tokens or 0) - prompt), cached)


class Said(BaseModel):
    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    message: Said
    finish_reason: str | None = None


class Body(BaseModel):
    """As much of a chat completion as we need."""

    model: str = ""
    choices: list[Choice]
    usage: Usage | None = None


_looked_at: ContextVar[float] = ContextVar("looked_at")


class TooLate(httpx2.ConnectError):
    """The worker stood still between its look for a stored answer and its call. Nothing was sent."""


async def _send_only_on_fresh_knowledge(request: httpx2.Request) -> None:
    """The last moment before the call is on the wire."""
    age = asyncio.get_running_loop().time() - _looked_at.get()
    if age > FRESH_SECONDS:
        raise TooLate(f"whether there is an answer was looked up {age:.0f} s ago", request=request)


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    refusal: str | None
    finish_reason: str | None
    served_model: str
    tokens: Tokens | None  # None: the provider did not say


class Endpoint:
    def __init__(self, profile: Profile, base_url: str | None, key: SecretStr | None) -> None:
        self._profile = profile
        self._key = key.get_secret_value() if key else None
        self._formats: dict[str, Format] = {}  # the best that each model is known to take
        self._client = AsyncOpenAI(
            api_key=self._key or NO_KEY,
            base_url=base_url or profile.base_url,
            max_retries=0,  # retries have one owner, and it is not the client
            http_client=DefaultAsyncHttpxClient(event_hooks={"request": [_send_only_on_fresh_knowledge]}),
        )

    async def close(self) -> None:
        await self._client.close()

    async def complete(self, request: Request, timeout_seconds: float, looked_at: float) -> Completion:
        """`looked_at`: the loop's time when a stored answer was last looked for."""
        _looked_at.set(looked_at)
        if self._profile.needs_key and self._key is None:
            raise CallFailed("no_key", f"no key for {self._profile.name}: set LLM_API_KEY", Kind.BLOCKED)
        shape = self._format(request.model)
        try:
            # The client's own limits are per read: only this one ends a slow drip.
            async with asyncio.timeout(timeout_seconds):
                return await self._post(request, shape, timeout_seconds)
        except TimeoutError as error:
            raise timed_out(timeout_seconds) from error
        except APIError as error:
            failure = self._without_key(failure_of(error))
            if failure.kind is Kind.FORMAT and not self._simplify(request.model, shape):
                failure.kind = Kind.FINAL
            raise failure from None

    def _simplify(self, model: str, refused: Format) -> bool:
        """From now on ask this model with the next format. False: there is none."""
        formats = self._profile.formats
        following = formats.index(refused) + 1
        if following < len(formats) and self._format(model) == refused:  # else another call has done it
            self._formats[model] = formats[following]
        return following < len(formats)

    async def _post(self, request: Request, shape: Format, timeout_seconds: float) -> Completion:
        response = await self._client.post(
            "/chat/completions",
            body=self._body(request, shape),
            cast_to=httpx2.Response,
            options={"timeout": httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS)},
        )
        try:
            body = Body.model_validate_json(response.content)
            choice = body.choices[0]
        except (ValidationError, IndexError) as error:
            words = f"this is no chat completion: {response.text[:200]}"
            raise CallFailed("malformed_response", words, maybe_billed=True) from error
        return Completion(
            text=_storable(choice.message.content or ""),
            refusal=_storable(choice.message.refusal) if choice.message.refusal else None,
            finish_reason=choice.finish_reason,
            served_model=body.model or request.model,
            tokens=body.usage.tokens() if body.usage else None,
        )

    def _body(self, request: Request, shape: Format) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "temperature": request.temperature,
            self._profile.limit_field: request.max_output_tokens,
        }
        if self._profile.takes_seed:
            body["seed"] = request.seed
        if shape == "json_schema":
            named = {"name": request.schema_name, "schema": request.schema, "strict": True}
            return body | {"response_format": {"type": shape, "json_schema": named}}
        body["messages"][0]["content"] += (
            f"\n\nAnswer with one JSON object of this schema:\n{dumps(request.schema)}"
        )
        return body | ({"response_format": {"type": shape}} if shape == "json_object" else {})

    def _format(self, model: str) -> Format:
        return self._formats.get(model, self._profile.formats[0])

    def _without_key(self, failure: CallFailed) -> CallFailed:
        """Some providers repeat the key that they refuse."""
        if self._key:
            failure.words = failure.words.replace(self._key, "***")
            failure.args = (f"{failure.code}: {failure.words}",)
        return failure


def _storable(text: str) -> str:
    """Half a surrogate pair has no UTF-8."""
    return text.encode("utf-8", "replace").decode()
