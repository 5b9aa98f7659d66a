"""The figures of requests read as Prometheus' own would."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from adapters.http.figures import _BOUNDS, RequestFigures

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
