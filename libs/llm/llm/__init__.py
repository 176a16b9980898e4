"""Ask a language model: a prompt file and an answer model in, a validated answer or a typed failure out."""

from llm.costs import cost_of_run
from llm.layout import LOG_LAYOUT, layout_table
from llm.ledger import MIGRATIONS, Ledger, Spending
from llm.model import LanguageModel
from llm.moves import Log, Moves
from llm.moving import Mover, Report
from llm.offline import MemoryLedger, open_offline
from llm.parsing import readable
from llm.paths import Located, located, unpacked
from llm.prompts import Prompt, Prompts, load_prompt, load_prompts
from llm.question import Answer, Answered, Budget, Call, Cost, Question, Tokens
from llm.reconcile import reconcile
from llm.settings import LlmSettings

__all__ = [
    "LOG_LAYOUT",
    "MIGRATIONS",
    "Answer",
    "Answered",
    "Budget",
    "Call",
    "Cost",
    "LanguageModel",
    "Ledger",
    "LlmSettings",
    "Located",
    "Log",
    "MemoryLedger",
    "Mover",
    "Moves",
    "Prompt",
    "Prompts",
    "Question",
    "Report",
    "Spending",
    "Tokens",
    "cost_of_run",
    "layout_table",
    "load_prompt",
    "load_prompts",
    "located",
    "open_offline",
    "readable",
    "reconcile",
    "unpacked",
]
