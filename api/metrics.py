"""What the API counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """One application's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "ecc_api_requests", "Answered requests", ["route", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "ecc_api_request_seconds",
            "Time to answer, streams excepted",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.subscribers = Gauge("ecc_api_live_subscribers", "Open live streams", registry=self.registry)
        self.live_frames = Counter("ecc_api_live_frames", "Frames handed to subscribers", registry=self.registry)
        self.live_dropped = Counter("ecc_api_live_dropped", "Subscribers dropped for slowness", registry=self.registry)
        self.live_lag_s = Gauge(
            "ecc_api_live_lag_seconds", "Age of the newest event when it was read", registry=self.registry
        )
        self.poll_failures = Counter(
            "ecc_api_live_poll_failures", "Polls of the database that failed", registry=self.registry
        )
        self.fleet_index_failures = Counter(
            "ecc_api_fleet_index_failures",
            "Times that the index of the fleet could not be brought up to date, the database's absence excepted",
            registry=self.registry,
        )

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests.labels(route, method, str(status)).inc()
        if not route.endswith("/live"):
            self.seconds.labels(route).observe(seconds)
