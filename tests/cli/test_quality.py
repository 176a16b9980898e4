from cli.quality import quality_lines
from contracts.quality import Quality, Spread


def test_what_was_measured_is_told_in_a_few_lines() -> None:
    sizes = Spread(lowest=5, median=17, mean=16.44, highest=25, count=46)
    told = dict(
        quality_lines(
            Quality(
                coverage=0.98,
                cluster_overlap=0.21,
                cluster_sizes=sizes,
                packages_per_cluster=3.42,
                similarity=0.71,
                random_similarity=0.3,
                near_duplicates=2,
            )
        )
    )

    assert told["coverage"] == "98.0% of the deals are placed, 21.0% are in more than one cluster"
    assert told["sizes"] == "clusters of 5 to 25 (mean 16.4) deals, 3.4 packages a cluster"
    assert told["likeness"] == "members 0.71 alike, at random 0.30"
    assert told["alike"] == "2 pairs of packages are nearly the same"
    assert set(told) == {"coverage", "sizes", "likeness", "alike"}


def test_nothing_is_told_where_nothing_was_measured() -> None:
    assert quality_lines(None) == []
    assert quality_lines(Quality()) == []
