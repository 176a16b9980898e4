"""One pipeline for all end-to-end tests; each test is a tenant of its own.

It ends with the package: nine idle services look for work ten times a second, beside whatever runs next.
"""

from collections.abc import Iterator

import pytest

from local import Endpoints
from tests.e2e.pipeline import Pipeline, made_up_deals, new_tenant, running_pipeline


@pytest.fixture(scope="package")
def shared_pipeline(servers: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with running_pipeline(servers, tmp_path_factory.mktemp("pipeline")) as running:
        yield running


@pytest.fixture
def pipeline(shared_pipeline: Pipeline) -> Iterator[Pipeline]:
    """The simulator answers at once and without fault, until a test says otherwise."""
    quiet = {"latency_seconds": 0, "faults": []}
    shared_pipeline.behave(**quiet)
    yield shared_pipeline
    shared_pipeline.behave(**quiet)


@pytest.fixture
def tenant() -> str:
    return new_tenant()


@pytest.fixture(scope="package")
def finished(shared_pipeline: Pipeline) -> tuple[str, str]:
    """Tenant and id of a run of 40 deals: for tests that only look, or that repair what they broke."""
    tenant = new_tenant()
    shared_pipeline.published(tenant, made_up_deals(40))
    return tenant, shared_pipeline.run(tenant)
