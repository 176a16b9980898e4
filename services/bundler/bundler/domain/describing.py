"""Which bundles an answer names, and what is wrong with it. Bundles are called `B_` and a number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.bundles import BundleDescribed, BundleGenerated


@dataclass(frozen=True, slots=True)
class Description:
    bundle: str
    name: str
    description: str


def bundle_names(count: int) -> list[str]:
    return [f"B_{number}" for number in range(count)]


def complaints(said: Sequence[Description], count: int) -> list[str]:
    """Each bundle is named once, nothing else is, and no two bundles have one name."""
    known, told = set(bundle_names(count)), Counter(one.bundle for one in said)
    names = Counter(one.name.strip().casefold() for one in said)
    return [
        *(f"{name} is not among the bundles" for name in sorted(told.keys() - known)),
        *(f"{name} is left out" for name in sorted(known - told.keys())),
        *(f"{name} stands {times} times" for name, times in sorted(told.items()) if times > 1),
        *(f"{times} bundles are called {name!r}" for name, times in sorted(names.items()) if times > 1),
    ]


def described(bundles: Sequence[BundleGenerated], said: Sequence[Description]) -> list[BundleDescribed]:
    by_name = dict(zip(bundle_names(len(bundles)), bundles, strict=True))
    return [
        BundleDescribed(
            tenant=by_name[one.bundle].tenant,
            run_id=by_name[one.bundle].run_id,
            revision=by_name[one.bundle].revision,
            bundle_id=by_name[one.bundle].bundle.bundle_id,
            name=one.name,
            description=one.description,
        )
        for one in sorted(said, key=lambda one: by_name[one.bundle].rank)
    ]
