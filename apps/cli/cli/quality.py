"""How good a run is, in a few lines."""

from collections.abc import Iterator

from contracts.quality import Quality, Spread


def quality_lines(quality: Quality | None) -> list[tuple[str, str]]:
    """Name and words of each line; what was not measured is left out."""
    if quality is None:
        return []
    lines = (
        ("coverage", _coverage(quality)),
        ("sizes", _sizes(quality)),
        ("likeness", _likeness(quality)),
        ("spread", _spreads(quality)),
        ("answers", _answers(quality)),
        ("alike", _alike(quality)),
    )
    return [(name, ", ".join(words)) for name, parts in lines if (words := list(parts))]


def _coverage(quality: Quality) -> Iterator[str]:
    if quality.coverage is not None:
        yield f"{quality.coverage:.1%} of the deals are placed"
    if quality.cluster_overlap is not None:
        yield f"{quality.cluster_overlap:.1%} are in more than one cluster"
    if quality.package_overlap is not None:
        yield f"{quality.package_overlap:.1%} in more than one package"


def _sizes(quality: Quality) -> Iterator[str]:
    if quality.cluster_sizes is not None:
        yield f"clusters of {_range(quality.cluster_sizes)} deals"
    if quality.package_sizes is not None:
        yield f"packages of {_range(quality.package_sizes)}"
    if quality.packages_per_cluster is not None:
        yield f"{quality.packages_per_cluster:.1f} packages a cluster"


def _likeness(quality: Quality) -> Iterator[str]:
    if quality.similarity is not None and quality.random_similarity is not None:
        yield f"members {quality.similarity:.2f} alike, at random {quality.random_similarity:.2f}"
    if quality.tier1_purity is not None:
        yield f"{quality.tier1_purity:.1%} share the first tier of their package"


def _spreads(quality: Quality) -> Iterator[str]:
    if quality.safety_spread is not None:
        yield f"{quality.safety_spread:.2f} steps of safety in a package"
    if quality.floor_spread is not None:
        yield f"the highest floor is {quality.floor_spread:.1f} times the lowest"


def _answers(quality: Quality) -> Iterator[str]:
    if quality.invented_ids is not None:
        yield f"{quality.invented_ids:.2%} of the ids were invented"
    if quality.forgotten_ids is not None:
        yield f"{quality.forgotten_ids:.2%} of the deals forgotten"
    if quality.usd_per_package is not None:
        yield f"${quality.usd_per_package:.5f} a package"


def _alike(quality: Quality) -> Iterator[str]:
    if quality.near_duplicates:
        yield f"{quality.near_duplicates} pairs of packages are nearly the same"
    if quality.equal_names:
        yield f"{quality.equal_names} packages have a name that another has, too"


def _range(spread: Spread) -> str:
    return f"{spread.lowest:g} to {spread.highest:g} (mean {spread.mean:.1f})"
