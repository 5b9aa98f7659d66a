"""How many requests each operation has answered, and how fast: plain numbers, put into Prometheus' words when asked."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from handlers.core.audit import AuditFigures

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Times:
    """The durations of one operation's requests."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.total = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        """How many took no longer than each bound."""
        found, below = [], 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            below += count
            found.append((bound, below))
        return found


class AuditCollector(Collector):
    """What the audit log counts of itself, as Prometheus wants it."""

    def __init__(self, figures: AuditFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        yield CounterMetricFamily("nexus_audit_entries", "Written entries of the audit log", self._figures.written)
        dropped = CounterMetricFamily("nexus_audit_dropped", "Accesses that nobody could write", labels=("what",))
        dropped.add_metric(("reads",), self._figures.dropped_reads)
        dropped.add_metric(("denials",), self._figures.dropped_denials)
        yield dropped
        yield GaugeMetricFamily("nexus_audit_waiting", "Entries that wait for the store", self._figures.waiting)


class RequestFigures(Collector):
    """The figures of all operations. One thread adds to them; a scrape reads what is there."""

    def __init__(self) -> None:
        self._answers: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._times: defaultdict[str, _Times] = defaultdict(_Times)

    def add(self, operation: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._answers[operation, status] += 1
        times = self._times[operation]
        times.counts[bisect_left(_BOUNDS, seconds)] += 1
        times.total += seconds

    def collect(self) -> Iterator[Metric]:
        """Everything, as Prometheus wants it."""
        answers = CounterMetricFamily("nexus_http_requests", "Answered requests", labels=("operation", "status"))
        for (operation, status), count in list(self._answers.items()):
            answers.add_metric((operation, str(status)), count)
        yield answers
        seconds = HistogramMetricFamily(
            "nexus_http_request_seconds", "From the first byte of a request to its answer", labels=("operation",)
        )
        for operation, times in list(self._times.items()):
            seconds.add_metric((operation,), times.buckets(), times.total)
        yield seconds
