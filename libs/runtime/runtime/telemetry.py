"""Every metric of a worker, with its meaning. Labels stay few: never a run, never a deal."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)


class Telemetry:
    """The worker's own measures; FastStream adds its own about messages."""

    def __init__(self, stage: str) -> None:
        self.registry = CollectorRegistry()
        self.stage = stage
        self.accepted = self._counter("events_accepted_total", "Events that were new to the inbox.", "topic")
        self.repeated = self._counter("events_repeated_total", "Deliveries of events already known.", "topic")
        self.followed = self._counter("events_followed_total", "Records taken in by the batch.", "topic")
        self.finished = self._counter("work_finished_total", "Pieces of work that ended.", "name", "outcome")
        self.parked = self._counter("work_parked_total", "Waits for the world.", "name")
        self.crashed = self._counter(
            "work_crashed_total", "Attempts that ended in an error nobody named.", "name", "error"
        )
        self.lost = self._counter("leases_lost_total", "Leases that somebody else holds by now.")
        self.dead = self._counter(
            "dead_letters_total", "Events that can never be processed.", "topic", "code"
        )
        self.sent = self._counter("events_sent_total", "Events brought to Kafka.", "topic")
        self.rebalances = self._counter("rebalances_total", "Changes of the partitions this worker reads.")
        self.decide_seconds = self._histogram("decide_seconds", "Time to decide.", "name")
        self.record_seconds = self._histogram(
            "record_seconds", "Time of the transaction that records.", "name"
        )
        self.age_seconds = self._histogram(
            "event_age_seconds", "From acceptance to the end of the work.", "name"
        )
        self.attempts = self._histogram(
            "work_attempts", "Attempts a piece of work took.", "name", buckets=(1, 2, 3, 5, 8)
        )
        self.inbox = self._gauge("inbox_rows", "Open rows by state.", "state")
        self.outbox_age = self._gauge("outbox_age_seconds", "Age of the oldest event not yet sent.")
        self.under_way = self._gauge("decisions_under_way", "Decisions being made right now.")
        self.blocked = self._gauge("blocked", "1 while the stage stands still for this reason.", "reason")

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"assort_{name}", words, ("stage", *labels), registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"assort_{name}", words, ("stage", *labels), registry=self.registry)

    def _histogram(
        self, name: str, words: str, *labels: str, buckets: tuple[float, ...] = SECONDS
    ) -> Histogram:
        return Histogram(f"assort_{name}", words, ("stage", *labels), registry=self.registry, buckets=buckets)
