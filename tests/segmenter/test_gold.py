"""Labels that people gave, played back by the simulator: the engine returns their partition."""

from collections.abc import Callable, Mapping

import pytest

from contracts.event import loads
from contracts.runs import RunFinished
from contracts.segmentation import Segmentation, SegmentsAssigned
from objects import get_content
from simulator.testing import running
from tests.segmenter.conftest import Bench
from tests.segmenter.inputs import frozen
from tests.segmenter.labelled import CLINC, GOOGLE, clinc_domains, clinc_intents, google, products_of
from tests.segmenter.world import gold_partition

COUNT = 600
SIZES = {"products_per_prompt": 40, "taxonomies_per_consolidation": 20, "products_per_refinement": 40}
CORRUPTED = [
    {"kind": kind, "rate": 0.1 / 4}
    for kind in ("invented_ids", "missing_ids", "repeated_ids", "duplicate_json_names")
]

with_clinc = pytest.mark.skipif(not CLINC.exists(), reason=f"{CLINC} is not there")
with_google = pytest.mark.skipif(not GOOGLE.exists(), reason=f"{GOOGLE} is not there")


@pytest.mark.parametrize("corrupted", [False, True], ids=["as they are", "a tenth corrupted"])
@pytest.mark.parametrize(
    "labelled",
    [
        pytest.param(clinc_domains, marks=with_clinc, id="domains of CLINC150"),
        pytest.param(clinc_intents, marks=with_clinc, id="intents of CLINC150"),
        pytest.param(google, marks=with_google, id="roots of Google's taxonomy"),
    ],
)
async def test_the_partition_of_the_labels_comes_back(
    bench: Bench, labelled: Callable[[int], Mapping[str, str]], *, corrupted: bool
) -> None:
    labels = labelled(COUNT)
    products = products_of(labels)
    async with running(gold=labels, faults=CORRUPTED if corrupted else []) as simulator:
        async with bench.asking(simulator) as asker, bench.stage.working(bench.build(asker, **SIZES)):
            await bench.stage.send(await frozen(bench.stage.store, products, tenant=bench.stage.tenant))
            [finished] = await bench.stage.published(RunFinished, seconds=90)
            [assigned] = await bench.stage.published(SegmentsAssigned)
        faults = sum(request.fault is not None for request in simulator.requests())

    found = Segmentation.read(await get_content(bench.stage.store, assigned.segmentation))
    placed = {segment.category_name: frozenset(segment.product_ids) for segment in found.segments}
    summary = loads(await bench.stage.value("select result_summary::text from read.segmentation_runs_v1"))
    assert placed == gold_partition(products, labels)
    assert finished.counts.placed == COUNT
    assert bool(summary["repaired_calls"]) == bool(faults) == corrupted
