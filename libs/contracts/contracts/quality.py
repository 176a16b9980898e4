"""How good the packages of a run are, in figures that can be compared between runs."""

from pydantic import Field

from contracts.event import Entity


class Spread(Entity):
    """A distribution in five numbers."""

    lowest: float
    median: float
    mean: float
    highest: float
    count: int = Field(ge=1)


class Quality(Entity):
    """Null: there was nothing to measure."""

    coverage: float | None = Field(default=None, description="Share of the items that are placed.")
    cluster_overlap: float | None = Field(
        default=None, description="Share of the clustered deals that are in two clusters or more."
    )
    package_overlap: float | None = Field(
        default=None, description="Share of the placed deals that are in two packages or more."
    )
    cluster_sizes: Spread | None = None
    package_sizes: Spread | None = None
    packages_per_cluster: float | None = None
    similarity: float | None = Field(
        default=None, description="Mean cosine of two members of a package, over all packages."
    )
    random_similarity: float | None = Field(
        default=None, description="The same for packages of the same sizes filled at random (seeded)."
    )
    tier1_purity: float | None = Field(
        default=None, description="Share of members that have the most frequent first tier of their package."
    )
    safety_spread: float | None = Field(
        default=None, description="Mean steps between the best and the worst rating of a package."
    )
    floor_spread: float | None = Field(
        default=None, description="Median of highest over lowest floor of a package, in one currency."
    )
    invented_ids: float | None = Field(
        default=None, description="Share of the ids in the model's answers that it was not given."
    )
    forgotten_ids: float | None = Field(
        default=None, description="Share of the deals of clusters of which the model said nothing."
    )
    near_duplicates: int | None = Field(
        default=None, description="Pairs of packages that share at least 0.8 of their deals (Jaccard index)."
    )
    equal_names: int | None = Field(
        default=None, description="Packages whose name another package has, too; they are different packages."
    )
    usd_per_package: float | None = None
