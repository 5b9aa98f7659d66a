"""How many requests each operation has answered, and how fast: plain numbers, put into Prometheus' words when asked."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from handlers.core.audit import AuditFigures
from handlers.core.collector import CollectorFigures
from handlers.core.duties import AgendaFigures
from handlers.core.outgoing import DeliveryFigures

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


class AgendaCollector(Collector):
    """What the engine of all that is due counts of itself, as Prometheus wants it."""

    def __init__(self, figures: AgendaFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        yield GaugeMetricFamily("nexus_due_waiting", "What was due at the last look", self._figures.waiting)
        yield _named("nexus_due_acted", "What was due and is done", self._figures.acted)
        yield _named("nexus_due_failed", "What was due, failed, and is tried again", self._figures.failed)
        late = SummaryMetricFamily("nexus_due_late_seconds", "How late what was due was begun", labels=("what",))
        for name, lateness in list(self._figures.late.items()):
            late.add_metric((name,), lateness.count, lateness.total)
        yield late


class DeliveryCollector(Collector):
    """What the engine of deliveries counts of itself, as Prometheus wants it."""

    def __init__(self, figures: DeliveryFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        tries = CounterMetricFamily("nexus_deliveries", "Tries to deliver, by what came of them", labels=("result",))
        for result, count in list(self._figures.results.items()):
            tries.add_metric((result,), count)
        yield tries
        yield GaugeMetricFamily("nexus_deliveries_sending", "Deliveries that are on their way", self._figures.sending)
        waiting = sum(list(self._figures.waiting.values()))
        yield GaugeMetricFamily("nexus_deliveries_waiting", "Deliveries that wait, of targets seen to here", waiting)
        yield CounterMetricFamily("nexus_deliveries_gaps", "Times that events were lost before", self._figures.gaps)


class TelemetryCollector(Collector):
    """What the collector of telemetry counts of itself, as Prometheus wants it."""

    def __init__(self, figures: CollectorFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        yield CounterMetricFamily("nexus_telemetry_stored", "Frames, lines and events on disk", self._figures.stored)
        repeated = self._figures.repeated
        yield CounterMetricFamily("nexus_telemetry_repeated", "What came again, and was there already", repeated)
        yield GaugeMetricFamily("nexus_telemetry_waiting", "What waits for the disk", self._figures.waiting)


def _named(name: str, words: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=("what",))
    for what, count in list(counts.items()):
        family.add_metric((what,), count)
    return family


class RequestFigures(Collector):
    """The figures of all operations of a transport. One thread adds to them; a scrape reads what is there."""

    def __init__(self, transport: str = "http") -> None:
        self._transport = transport
        self._answers: defaultdict[tuple[str, int | str], int] = defaultdict(int)
        self._times: defaultdict[str, _Times] = defaultdict(_Times)

    def add(self, operation: str, status: int | str, seconds: float) -> None:
        """Count one answered request."""
        self._answers[operation, status] += 1
        times = self._times[operation]
        times.counts[bisect_left(_BOUNDS, seconds)] += 1
        times.total += seconds

    def totals(self) -> tuple[int, float]:
        """How many requests were answered, and the seconds that took."""
        return sum(self._answers.values()), sum(times.total for times in self._times.values())

    def collect(self) -> Iterator[Metric]:
        """Everything, as Prometheus wants it."""
        answers = CounterMetricFamily(
            f"nexus_{self._transport}_requests", "Answered requests", labels=("operation", "status")
        )
        for (operation, status), count in list(self._answers.items()):
            answers.add_metric((operation, str(status)), count)
        yield answers
        seconds = HistogramMetricFamily(
            f"nexus_{self._transport}_request_seconds",
            "From the first byte of a request to its answer",
            labels=("operation",),
        )
        for operation, times in list(self._times.items()):
            seconds.add_metric((operation,), times.buckets(), times.total)
        yield seconds
