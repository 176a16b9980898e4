"""The judges of a storm. Each is one function; what it finds is one sentence each. None asks our own code."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tests.chaos.evidence import Evidence, Outcome, Pairs, Record

REQUESTED = "packages.requested.v1"
FORMED = "cluster.formed.v1"
PROPOSED = "package.proposed.v1"
ENRICHED = "package.enriched.v1"
FINISHED = "run.finished.v1"
BURIED = "event.buried.v1"
PUBLISHED = "deal.published.v1"  # the one topic that the ledger does not follow
ITEM_EVENTS = (FORMED, PROPOSED, ENRICHED)

# A lookup that was under way while the answer was written: its call is on the wire, nobody can call it back.
ON_THE_WIRE_SECONDS = 0.25

Judge = Callable[[Evidence], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    judge: str
    findings: tuple[str, ...]

    @property
    def words(self) -> str:
        return self.judge.replace("_", " ")


def judge(evidence: Evidence) -> list[Verdict]:
    return [Verdict(one.__name__, tuple(one(evidence))) for one in JUDGES]


def no_deal_is_lost(seen: Evidence) -> Iterator[str]:
    """Every deal that a run was asked about is in exactly one state, and none failed."""
    for asked in seen.events(REQUESTED):
        run, wanted = asked.body["run_id"], set(asked.body["deal_ids"])
        outcome = seen.outcomes.get(run)
        if outcome is None:
            yield f"{run}: nobody says what became of its {len(wanted)} deals"
            continue
        states = Counter([*outcome.placed, *outcome.failed, *outcome.excluded])
        yield from (
            f"{run}: {deal} is in {states[deal]} states" for deal in sorted(wanted) if states[deal] != 1
        )
        yield from (f"{run}: nobody asked for {deal}" for deal in sorted(states.keys() - wanted))
        yield from (f"{run}: {deal} failed" for deal in outcome.failed)


def the_outcome_is_what_the_topics_say(seen: Evidence) -> Iterator[str]:
    placed, excluded = defaultdict(set), defaultdict(set)
    for proposal in seen.events(PROPOSED):
        run = proposal.body["run_id"]
        placed[run].update(proposal.body["deal_ids"])
        excluded[run].update(_excluded(proposal))
    for run, outcome in seen.outcomes.items():
        out = (excluded[run] | seen.unclustered.get(run, frozenset())) - placed[run]
        yield from _difference(f"{run}: placed", set(outcome.placed), placed[run])
        yield from _difference(f"{run}: excluded", set(outcome.excluded), out)


def every_cluster_is_packaged_whole(seen: Evidence) -> Iterator[str]:
    """Each of its deals is in one package or excluded, once: the simulator never proposes a deal twice."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for proposal in seen.events(PROPOSED):
        cluster = proposal.body["run_id"], proposal.body["cluster_id"]
        found[cluster].update([*proposal.body["deal_ids"], *_excluded(proposal)])
    for formed in seen.events(FORMED):
        cluster = formed.body["run_id"], formed.body["cluster_id"]
        deals = set(formed.body["deal_ids"])
        for deal in sorted(deals | found[cluster].keys()):
            times = found[cluster][deal]
            if times != 1 or deal not in deals:
                yield f"{cluster[0]}: cluster {cluster[1]} of {len(deals)} has {deal} {times} times"


def every_proposal_is_enriched_or_excluded(seen: Evidence) -> Iterator[str]:
    enriched = {_entity(record): record.body["deal_ids"] for record in seen.events(ENRICHED)}
    for proposal in seen.events(PROPOSED):
        deals = enriched.pop(_entity(proposal), None)
        if proposal.body["kind"] == "excluded":
            continue
        if deals is None:
            yield f"{_name(proposal)} was never enriched"
        elif deals != proposal.body["deal_ids"]:
            yield f"{_name(proposal)} was enriched with other deals"
    yield from (f"{run}: package {package} was enriched and never proposed" for run, package in enriched)


def nothing_is_told_twice(seen: Evidence) -> Iterator[str]:
    """One entity of one revision of one run has one event on a topic; another id is another result."""
    for topic in {record.topic for record in seen.records} - {PUBLISHED, BURIED}:
        told = Counter(_about(record) for record in seen.events(topic))
        yield from (f"{topic}: {about} was told {times} times" for about, times in told.items() if times > 1)


def no_work_ends_twice(seen: Evidence) -> Iterator[str]:
    for (stage, row), times in seen.tables.endings.items():
        if times > 1:
            yield f"{stage}: the inbox row {row} ended {times} times"


def tables_and_topics_say_the_same(seen: Evidence) -> Iterator[str]:
    told: tuple[tuple[str, Pairs], ...] = (
        (FORMED, seen.tables.clusters),
        (PROPOSED, seen.tables.packages),
        (ENRICHED, seen.tables.enriched),
        (FINISHED, seen.tables.outcomes),
    )
    for topic, rows in told:
        yield from _difference(
            f"{topic} against its table", {_entity(one) for one in seen.events(topic)}, rows
        )


def a_repeated_event_has_the_same_bytes(seen: Evidence) -> Iterator[str]:
    first: dict[str, Record] = {}
    for record in seen.records:
        known = first.setdefault(record.event_id, record)
        if known.content != record.content:
            yield f"event {record.event_id} at {known.place} and at {record.place} differs"


def every_run_finishes_once(seen: Evidence) -> Iterator[str]:
    times = Counter(record.body["run_id"] for record in seen.events(FINISHED))
    yield from (f"{run} finished {times[run]} times" for run in seen.runs if times[run] != 1)


def no_stored_answer_is_paid_again(seen: Evidence) -> Iterator[str]:
    for request in seen.requests:
        written = seen.answered_at.get(request.prompt_sha256)
        if written is None:
            yield f"prompt {request.prompt_sha256[:12]} was asked, and no answer to it is stored"
        elif request.at > written + ON_THE_WIRE_SECONDS:
            late = request.at - written
            yield f"prompt {request.prompt_sha256[:12]} was asked {late:.2f} s after its answer was stored"


def nothing_is_buried(seen: Evidence) -> Iterator[str]:
    yield from (f"dead letter: {letter}" for letter in seen.tables.letters)
    yield from (f"{record.place}: {record.body['words']}" for record in seen.events(BURIED))


def nothing_is_left_over(seen: Evidence) -> Iterator[str]:
    yield from seen.tables.left_over


def the_ledger_has_seen_every_event(seen: Evidence) -> Iterator[str]:
    ledger = seen.tables.ledger
    told = {record.event_id: record for record in seen.records if record.topic != PUBLISHED}
    yield from (
        f"{told[missing].place} is not in the ledger" for missing in sorted(told.keys() - ledger.keys())
    )
    yield from (
        f"the ledger knows {event} with two contents" for event, conflicts in ledger.items() if conflicts
    )


def assort_verify_proves_every_run(seen: Evidence) -> Iterator[str]:
    for run in seen.runs:
        if run not in seen.proofs:
            yield f"{run} was not verified"
        yield from (f"{run}: {words}" for words in seen.proofs.get(run, ()))


JUDGES: tuple[Judge, ...] = (
    no_deal_is_lost,
    the_outcome_is_what_the_topics_say,
    every_cluster_is_packaged_whole,
    every_proposal_is_enriched_or_excluded,
    nothing_is_told_twice,
    no_work_ends_twice,
    tables_and_topics_say_the_same,
    a_repeated_event_has_the_same_bytes,
    every_run_finishes_once,
    no_stored_answer_is_paid_again,
    nothing_is_buried,
    nothing_is_left_over,
    the_ledger_has_seen_every_event,
    assort_verify_proves_every_run,
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the table tells."""

    runs: int
    clusters: int
    packages: int
    lost: int
    item_events_repeated: int  # ids of item events that were published more than once, by whomever
    repeated: int  # records that repeat another
    sent_again: int  # of these, by the storm
    finished: tuple[int, int, int]  # runs that finished never, once, more often
    calls: int
    prompts: int


def count(seen: Evidence) -> Numbers:
    times = Counter(record.event_id for record in seen.records)
    item_events = {record.event_id for topic in ITEM_EVENTS for record in seen.events(topic)}
    finished = Counter(record.body["run_id"] for record in seen.events(FINISHED))
    ends = [min(finished[run], 2) for run in seen.runs]
    return Numbers(
        runs=len(seen.runs),
        clusters=len(seen.events(FORMED)),
        packages=sum(record.body["kind"] == "package" for record in seen.events(PROPOSED)),
        lost=_lost(seen),
        item_events_repeated=sum(times[event] > 1 for event in item_events),
        repeated=sum(times.values()) - len(times),
        sent_again=seen.sent_again,
        finished=(ends.count(0), ends.count(1), ends.count(2)),
        calls=len(seen.requests),
        prompts=len({request.prompt_sha256 for request in seen.requests}),
    )


def _lost(seen: Evidence) -> int:
    nothing = Outcome((), (), ())
    total = 0
    for asked in seen.events(REQUESTED):
        outcome = seen.outcomes.get(asked.body["run_id"], nothing)
        total += len(set(asked.body["deal_ids"]) - {*outcome.placed, *outcome.failed, *outcome.excluded})
    return total


def _excluded(proposal: Record) -> list[str]:
    return [f"{one['origin']}/{one['deal_id']}" for one in proposal.body["excluded"]]


def _entity(record: Record) -> tuple[str, str]:
    """Run and entity, as the tables name them."""
    names = {FORMED: "cluster_id", PROPOSED: "package_id", ENRICHED: "package_id"}
    return record.body["run_id"], record.body[names.get(record.topic, "run_id")]


def _about(record: Record) -> tuple[str, ...]:
    headers = dict(record.headers)
    return tuple(headers.get(name, b"").decode() for name in ("ce_run", "ce_revision", "ce_subject"))


def _name(proposal: Record) -> str:
    return f"{proposal.body['run_id']}: package {proposal.body['package_id']}"


def _difference(what: str, found: AbstractSet[Any], wanted: AbstractSet[Any]) -> Iterator[str]:
    yield from (f"{what}: {one} is missing" for one in sorted(map(str, wanted - found)))
    yield from (f"{what}: {one} is too many" for one in sorted(map(str, found - wanted)))
