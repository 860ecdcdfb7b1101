"""Figures for Prometheus. Labels are states, codes, routes: never a value, an identifier, a tenant.

With several workers each writes its own file (``PROMETHEUS_MULTIPROC_DIR``, which the parent sets),
and whichever is asked adds them up. What is true of the whole service (ledger, outbox) is read when
it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Gauges = Callable[[], Iterable[tuple[str, str, float]]]
"""Name, meaning and value of what is read when it is asked for."""


class Metrics:
    """All figures of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"zkproof_{name}", meaning, labels, registry=self._registry)

        def seconds(name: str, meaning: str) -> Histogram:
            return Histogram(
                f"zkproof_{name}_seconds", meaning, buckets=_SECONDS, registry=self._registry
            )

        self.requests = counter("requests", "Requests that came into a state.", "state")
        self.answers = counter("answers", "Answers that were recorded, by result.", "result")
        self.calls = counter("calls", "Calls, by route and status.", "route", "status")
        self.webhooks = counter("webhook_attempts", "Messages sent, by what came of it.", "outcome")
        self.compile = seconds("compile", "Compiling, signing and storing a request.")
        self.verify = seconds("verify", "Verifying an answer, without storing.")
        self.settle = seconds("settle", "Storing an outcome until it is committed.")
        self.queue = seconds("queue", "Waiting for a thread.")

    def exposition(self, gauges: Gauges) -> bytes:
        """As Prometheus reads it."""
        registry = self._registry
        if os.environ.get(MULTIPROCESS):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        whole = CollectorRegistry()
        whole.register(_Read(gauges))
        return generate_latest(registry) + generate_latest(whole)


class _Read(Collector):
    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, meaning, value in self._gauges():
            yield GaugeMetricFamily(f"zkproof_{name}", meaning, value=value)
