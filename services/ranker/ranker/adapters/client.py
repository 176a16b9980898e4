"""Any client of a language model, in the place of ours."""

import json
from collections.abc import Sequence
from typing import Final, Protocol

from pydantic import ValidationError

from contracts import InvalidEvent, WorkFailed, loads
from contracts.event import describe
from contracts.ranking import RankingLlm
from llm import Prompts
from ranker.adapters.asking import Queries, data_of, query_set, values_of
from ranker.domain.ground import Asked
from ranker.domain.making import Asker
from ranker.domain.records import QuerySet
from ranker.domain.tasks import TakeStep

CLIENT: Final = "client"  # nobody knows which model is behind it


class LLMClient(Protocol):
    def complete_json(self, system: str, user: str) -> object:
        """Queries: an array of texts, or an object with one under `queries`; either may be JSON still."""
        ...


class ClientWriter:
    """Asks once about each cluster: repairs and stored answers are the client's own affair."""

    def __init__(self, client: LLMClient, prompts: Prompts) -> None:
        self.client = client
        self.prompts = prompts

    def asker(self, llm: RankingLlm) -> Asker:
        return Asker(CLIENT, self.prompts.of(llm.prompt_version).version)

    async def write(self, step: TakeStep, asked: Asked) -> QuerySet:
        prompt = self.prompts.of(step.settings.llm.prompt_version)
        rendered = prompt.render(values_of(asked), data_of(asked))
        return query_set(asked, _texts(self.client.complete_json(rendered.system, rendered.user)), "model")


def _texts(said: object) -> Sequence[str]:
    try:
        value = loads(said if isinstance(said, str | bytes) else json.dumps(said))
        queries = Queries.model_validate(value if isinstance(value, dict) else {"queries": value}).queries
    except ValidationError as error:
        raise _unfit(describe(error)) from error
    except InvalidEvent as error:
        raise _unfit(error.words) from error
    except (TypeError, ValueError) as error:
        raise _unfit(str(error)) from error
    if not queries:
        raise _unfit("no query came")
    return queries


def _unfit(words: str) -> WorkFailed:
    return WorkFailed("bad_answer", f"{words}: complete_json has to return an array of queries")
