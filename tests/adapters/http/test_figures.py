"""The figures of requests read as Prometheus' own would."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from adapters.http.figures import _BOUNDS, AgendaCollector, RequestFigures
from handlers.core.duties import AgendaFigures

_SECONDS = (0.0, 0.001, 0.0011, 0.3, 10.0, 11.0)


def _figures():
    registry, figures = CollectorRegistry(), RequestFigures()
    registry.register(figures)
    for seconds in _SECONDS:
        figures.add("v2.tasks.get_task", 200, seconds)
    figures.add("none", 404, 0.002)
    return generate_latest(registry).decode()


def _reference():
    registry = CollectorRegistry()
    counter = Counter("nexus_http_requests", "Answered requests", ("operation", "status"), registry=registry)
    histogram = Histogram(
        "nexus_http_request_seconds",
        "From the first byte of a request to its answer",
        ("operation",),
        registry=registry,
        buckets=_BOUNDS,
    )
    for seconds in _SECONDS:
        counter.labels("v2.tasks.get_task", "200").inc()
        histogram.labels("v2.tasks.get_task").observe(seconds)
    counter.labels("none", "404").inc()
    histogram.labels("none").observe(0.002)
    return generate_latest(registry).decode()


def _lines(text):
    return [line for line in text.splitlines() if "_created" not in line]


def test_figures_read_as_those_of_the_client_library():
    """Names, labels, buckets, sums and counts are what Prometheus' own counter and histogram would show."""
    assert _lines(_figures()) == _lines(_reference())


def test_what_was_due_reads_as_one_expects():
    """What was done, what failed, how late it was begun and what waits, each under its name."""
    registry, figures = CollectorRegistry(), AgendaFigures(waiting=3)
    registry.register(AgendaCollector(figures))
    figures.acted["tasks"] += 2
    figures.failed["sweep"] += 1
    for seconds in (0.5, 1.0):
        figures.late["tasks"].add(seconds)
    said = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    assert said == [
        "nexus_due_waiting 3.0",
        'nexus_due_acted_total{what="tasks"} 2.0',
        'nexus_due_failed_total{what="sweep"} 1.0',
        'nexus_due_late_seconds_count{what="tasks"} 2.0',
        'nexus_due_late_seconds_sum{what="tasks"} 1.5',
    ]
