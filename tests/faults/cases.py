"""What each fault of a language model does to the one cluster or package that meets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.behaviour import FaultKind

PROPOSAL, ENRICHMENT = "propose_packages", "enrich_package"
ANSWERED = ("answered", None)
BAD = ("bad", "bad_answer")
UNFIT = ("bad", "unfit")

Attempts = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, how often it strikes, what the attempts were, and how the work ended."""

    kind: FaultKind
    attempts: Attempts
    once: bool = False
    failed: str | None = None  # None: the work was done
    prompt: str = PROPOSAL

    def __str__(self) -> str:
        often = "once" if self.once else "always"
        return f"{self.kind.value} {often}{' at the enricher' if self.prompt == ENRICHMENT else ''}"


def waits(kind: FaultKind, code: str, prompt: str = PROPOSAL) -> Case:
    """The world was wrong: asked again later, and nothing failed."""
    return Case(kind, (("failed", code), ANSWERED), once=True, prompt=prompt)


def final(kind: FaultKind, code: str, status: str = "failed", prompt: str = PROPOSAL) -> Case:
    """Asked once: it would not help to ask again."""
    return Case(kind, ((status, code),), failed=code, prompt=prompt)


def repaired(kind: FaultKind) -> Case:
    return Case(kind, (BAD, ANSWERED), once=True)


def stays_bad(kind: FaultKind, prompt: str = PROPOSAL) -> Case:
    """Two questions after the first, then it is given up."""
    return Case(kind, (BAD, BAD, BAD), failed="bad_answer", prompt=prompt)


def accepted(kind: FaultKind) -> Case:
    return Case(kind, (ANSWERED,))


# No usable answer, as FaultKind has them.
SPELT_BADLY = (FaultKind.INVALID_JSON, FaultKind.DUPLICATE_JSON_NAMES, FaultKind.EMPTY)
WRONG_IDS = (FaultKind.INVENTED_IDS, FaultKind.REPEATED_IDS)

CASES: Sequence[Case] = (
    waits(FaultKind.RATE_LIMITED, "http_429"),
    waits(FaultKind.RATE_LIMITED_WITHOUT_RETRY_AFTER, "http_429"),
    waits(FaultKind.SERVER_ERROR, "http_500"),
    waits(FaultKind.OVERLOADED, "http_503"),
    waits(FaultKind.RESET, "connection"),
    waits(FaultKind.HANG, "timeout"),
    waits(FaultKind.SLOW_DRIP, "timeout"),
    final(FaultKind.BAD_REQUEST, "bad_request"),
    final(FaultKind.CONTEXT_TOO_LONG, "context_too_long"),
    final(FaultKind.REFUSAL, "refusal", "bad"),
    final(FaultKind.CONTENT_FILTER, "content_filter", "bad"),
    *(repaired(kind) for kind in (*SPELT_BADLY, *WRONG_IDS)),
    *(stays_bad(kind) for kind in (*SPELT_BADLY, *WRONG_IDS)),
    Case(FaultKind.TRUNCATED, (("bad", "truncated"), ANSWERED), once=True),
    Case(FaultKind.TRUNCATED, (("bad", "truncated"),) * 2, failed="truncated"),
    accepted(FaultKind.MISSING_IDS),  # the packager says which deals were forgotten
    Case(FaultKind.NEAR_DUPLICATES, (UNFIT, UNFIT)),  # told once, then the packager takes one of them
    accepted(FaultKind.MARKDOWN_FENCES),
    accepted(FaultKind.NUMBERS_AS_STRINGS),
    accepted(FaultKind.EXTRA_FIELDS),
    accepted(FaultKind.WRONG_LANGUAGE),  # nobody can tell from the ids
    waits(FaultKind.SERVER_ERROR, "http_500", ENRICHMENT),
    final(FaultKind.REFUSAL, "refusal", "bad", ENRICHMENT),
    stays_bad(FaultKind.INVALID_JSON, ENRICHMENT),
)
# These two stop the whole stage, the third changes how everything after it is asked, what the fourth does
# depends on the cluster, and the last two spoil answers about products: tests/simulator, tests/segmenter.
ALONE = {
    FaultKind.UNAUTHORIZED,
    FaultKind.FORBIDDEN,
    FaultKind.UNSUPPORTED_RESPONSE_FORMAT,
    FaultKind.BROKEN_RULES,
    FaultKind.IDS_BEYOND,
    FaultKind.WRONG_CATEGORIES,
}
