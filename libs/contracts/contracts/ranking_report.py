"""What is counted and proven of a set of ranking data."""

from pydantic import Field

from contracts.event import Entity
from contracts.ranking import RankingSettings


class QueryCounts(Entity):
    """Queries that were written, and what became of them: each is in exactly one of the others."""

    written: int = Field(default=0, ge=0)
    kept: int = Field(default=0, ge=0)
    malformed: int = Field(default=0, ge=0, description="Too short or too long.")
    duplicate: int = Field(default=0, ge=0)
    copied_name: int = Field(default=0, ge=0)
    lost: int = Field(default=0, ge=0, description="Did not find their own cluster.")
    spare: int = Field(default=0, ge=0, description="Sound, and one more than asked for.")
    fallback: int = Field(default=0, ge=0, description="Of those kept: made by rule.")
    stub: int = Field(default=0, ge=0, description="Of those kept: stubs.")

    @property
    def fallback_share(self) -> float:
        return self.fallback / self.kept if self.kept else 0.0


class GuardCounts(Entity):
    """Candidates that were looked at as negatives of a query and stopped, by the first guard that did."""

    known_positive: int = Field(default=0, ge=0)
    same_cluster: int = Field(default=0, ge=0)
    near_duplicate: int = Field(default=0, ge=0)
    same_attributes: int = Field(default=0, ge=0)
    too_close: int = Field(default=0, ge=0)
    passed: int = Field(default=0, ge=0)
    missing: int = Field(default=0, ge=0, description="Negatives that were asked for and could not be found.")

    @property
    def stopped(self) -> int:
        guards = (self.known_positive, self.same_cluster, self.near_duplicate, self.same_attributes)
        return sum(guards) + self.too_close


class SplitCounts(Entity):
    clusters: int = Field(default=0, ge=0)
    candidates: int = Field(default=0, ge=0, description="That stand in its records.")
    queries: int = Field(default=0, ge=0)
    positives: int = Field(default=0, ge=0)
    negatives: int = Field(default=0, ge=0)


class LeakReport(Entity):
    """Splits share nothing; what had to be left out for that."""

    components: int = Field(default=0, ge=0, description="What cannot be divided between splits.")
    largest_component: int = Field(default=0, ge=0, description="Its candidates.")
    dropped_positives: int = Field(
        default=0, ge=0, description="Pairs of a query and a candidate that is at home in another split."
    )
    shared_clusters: int = Field(default=0, ge=0)
    shared_candidates: int = Field(default=0, ge=0)
    shared_queries: int = Field(default=0, ge=0)

    @property
    def clean(self) -> bool:
        return not (self.shared_clusters or self.shared_candidates or self.shared_queries)


class Proof(Entity):
    """Counted anew from the records: every negative against every positive of its query."""

    queries: int = Field(default=0, ge=0)
    negatives: int = Field(default=0, ge=0)
    pairs: int = Field(default=0, ge=0, description="Of a negative and a positive that were compared.")
    positive_negatives: int = Field(default=0, ge=0)
    duplicate_negatives: int = Field(default=0, ge=0)
    nearest: float = Field(default=0, ge=-1, le=1, description="The highest cosine among these pairs.")

    @property
    def holds(self) -> bool:
        return not (self.positive_negatives or self.duplicate_negatives)


class RankingReport(Entity):
    """All that is known of a set of ranking data besides its records and the time at which it was made."""

    seed: int
    source: str = Field(description="packages RUN, or graph.")
    model: str = Field(description="Which encoder made the vectors.")
    settings: RankingSettings
    versions: tuple[str, ...] = Field(default=(), description="Of prompt, model and rules, as `name: value`.")
    clusters: int = Field(ge=0, description="Of the source.")
    drawn: tuple[str, ...] = Field(default=(), description="The clusters that queries were asked for.")
    words: tuple[str, ...] = Field(default=(), description="What somebody who reads the data should know.")
    records: int = Field(default=0, ge=0)
    existing: int = Field(default=0, ge=0, description="Records that were there before.")
    positives: int = Field(default=0, ge=0)
    negatives: int = Field(default=0, ge=0)
    queries: QueryCounts = QueryCounts()
    guards: GuardCounts = GuardCounts()
    splits: dict[str, SplitCounts] = Field(default={})
    leaks: LeakReport = LeakReport()
    proof: Proof = Proof()
