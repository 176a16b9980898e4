"""Every metric of the API, with its meaning; what the outbox tells is the runtime's."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measures:
    """Labels are routes, never runs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        labels = ("method", "route")
        self.requests = Counter(
            "assort_api_requests_total",
            "Requests that were answered.",
            (*labels, "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "assort_api_request_seconds",
            "From the request to the end of its answer; streams do not count.",
            labels,
            registry=registry,
            buckets=SECONDS,
        )
        self.streams = Gauge("assort_api_streams", "Streams of events open now.", registry=registry)
        self.runs = Counter(
            "assort_api_runs_total", "Runs that were asked for.", ("kind", "action"), registry=registry
        )
        self.open_streams = 0

    def stream(self, change: int) -> None:
        self.open_streams += change
        self.streams.set(self.open_streams)
