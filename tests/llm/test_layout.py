"""Names of files, and the table that explains them."""

import re
from datetime import UTC, datetime

import pytest

from llm import LOG_LAYOUT, Call, layout_table
from llm.layout import interaction_files

MOMENT = datetime(2025, 6, 18, 12, 3, 5, tzinfo=UTC)


def call(kind: str, tenant: str = "main") -> Call:
    return Call(
        tenant=tenant,
        run_id="RUN_20250618T120301Z_8d24",
        stage="some",
        interaction_type=kind,
        batch_id=1,
        entity="5f0c9d1e-0000-5000-8000-000000000000",
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("segmentation", "segmentation/20250618T120305Z_b1_a1_"),
        ("consolidate_taxonomy", "consolidate_taxonomy/20250618T120305Z_a1_"),
        ("refine_assignments", "refine_assignments/20250618T120305Z_b1_a1_"),
        ("package_proposal", "package_proposal/20250618T120305Z_c5f0c9d1e_a1_"),
        ("package_enrichment", "package_enrichment/20250618T120305Z_p5f0c9d1e_a1_"),
    ],
)
def test_files_are_called_as_the_requirement_says(kind: str, name: str) -> None:
    first = interaction_files(call(kind), MOMENT, 1, "unique")[0]
    start = f"llm_logs/RUN_20250618T120301Z_8d24/{name}"
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{4}.json", first)


def test_another_tenant_has_a_folder_of_its_own() -> None:
    first = interaction_files(call("segmentation", "acme"), MOMENT, 1, "unique")[0]
    assert first.startswith("acme/llm_logs/RUN_")


def test_a_name_that_is_taken_has_longer_ones_behind_it() -> None:
    names = interaction_files(call("segmentation"), MOMENT, 1, "unique")
    assert len(set(names)) == 3
    assert names[1].startswith(names[0].removesuffix(".json"))


def test_the_table_names_every_interaction() -> None:
    assert all(f"| `{kind}` |" in layout_table() for kind in LOG_LAYOUT)
