"""How runs end and how long they take. Labels never name a run."""

from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)


class RunMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.finished = Counter(
            "assort_runs_finished_total",
            "Revisions of runs that ended, by how they did.",
            ["kind", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "assort_run_seconds",
            "From the request of a revision to its end.",
            ["kind"],
            buckets=SECONDS,
            registry=registry,
        )

    def ended(self, kind: str, status: str, seconds: float | None) -> None:
        """No seconds: nobody saw the request."""
        self.finished.labels(kind, status).inc()
        if seconds is not None:
            self.seconds.labels(kind).observe(seconds)
