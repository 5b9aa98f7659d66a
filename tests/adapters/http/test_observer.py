"""What is remembered of requests: figures that add up, and lines without anything personal."""

import time
from typing import Any

import httpx
import orjson

from adapters.http.observer import Observer
from adapters.http.requests import Request
from handlers.app import Nexus
from tests.serving import ADMIN_KEY, PASSWORD, Connect, eventually, talk


def figure(client: httpx.Client, name: str) -> float:
    """One figure of the exposition."""
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


def test_figures_count_answers(serve: Any, connect: Connect) -> None:
    """Every answer is counted under its operation and status, unknown paths and bad bytes included."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    for _ in range(3):
        client.post("/v2/tasks", json={"title": "t"})
    client.post("/v2/tasks", json={})
    client.get("/nothing/personal")
    client.options("/v2/tasks")
    created = 'nexus_http_requests_total{operation="v2.tasks.create_task",status="%d"}'
    assert figure(client, created % 201) == 3
    assert figure(client, created % 400) == 1
    assert figure(client, 'nexus_http_requests_total{operation="none",status="404"}') == 1
    assert figure(client, 'nexus_http_requests_total{operation="none",status="204"}') == 1
    assert figure(client, 'nexus_http_request_seconds_count{operation="v2.tasks.create_task"}') == 4
    assert figure(client, "process_resident_memory_bytes") > 0
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "personal" not in answer.text


def test_open_streams_are_told_of_before_there_are_any(serve: Any, connect: Connect) -> None:
    """Whoever watches a figure finds it from the start, for each transport."""
    text = connect(serve(), ADMIN_KEY).get("/metrics").text
    for transport in ("sse", "websocket"):
        assert f'nexus_open_streams{{transport="{transport}"}} 0.0' in text


def test_paths_do_not_make_figures(serve: Any, connect: Connect) -> None:
    """However many paths are tried, the number of figures stays."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    client.get("/v2/tasks/task_0")
    client.get("/nothing/0")
    client.get("/metrics")
    before = lines_of_requests(client)
    for number in range(1, 20):
        client.get(f"/v2/tasks/task_{number}")
        client.get(f"/nothing/{number}")
    assert lines_of_requests(client) == before


def lines_of_requests(client: httpx.Client) -> int:
    """How many lines the figures of requests have."""
    return sum("nexus_http" in line for line in client.get("/metrics").text.splitlines())


def test_lines_say_who_and_what_and_nothing_personal(serve: Any, connect: Connect) -> None:
    """A line has the operation, status, time, request and principal; never a query, a body, a key or a password."""
    lines: list[bytes] = []

    def adapt(nexus: Nexus) -> None:
        nexus.site.observer = Observer(log_requests=True, write=lines.append)

    server = serve(adapt)
    client = connect(server, ADMIN_KEY)
    client.get("/v2/tasks?assignee=swordfish", headers={"X-Request-ID": "req_mine"})
    client.post("/v2/tasks", json={"title": "swordfish"})
    client.post("/api/auth/login", json={"username": "swordfish", "password": PASSWORD})
    talk(server, b"GET /ws/nothing?token=swordfish HTTP/1.1\r\nHost: x\r\n\r\n")
    assert eventually(lambda: b"".join(lines).count(b"\n") >= 4)
    text = b"".join(lines).decode()
    assert not any(secret in text for secret in ("swordfish", ADMIN_KEY, PASSWORD))
    first = orjson.loads(text.splitlines()[0])
    assert {
        name: first[name] for name in ("level", "event", "operation", "method", "path", "status", "request_id")
    } == {
        "level": "info",
        "event": "request",
        "operation": "v2.tasks.list_tasks",
        "method": "GET",
        "path": "/v2/tasks",
        "status": 200,
        "request_id": "req_mine",
    }
    assert first["principal"].startswith("usr_")
    assert first["milliseconds"] > 0


async def test_lines_go_out_together() -> None:
    """Lines are gathered for a moment and written at once; many are written sooner."""
    written: list[bytes] = []
    observer = Observer(log_requests=True, write=written.append)
    for _ in range(499):
        remember(observer)
    assert written == []
    remember(observer)
    assert [lines.count(b"\n") for lines in written] == [500]
    remember(observer, status=500)
    observer.flush()
    observer.flush()
    assert len(written) == 2
    assert orjson.loads(written[1])["level"] == "error"


async def test_without_lines_figures_still_count() -> None:
    """A quiet log does not make the figures quiet, and nothing waits to be written."""
    written: list[bytes] = []
    observer = Observer(log_requests=False, write=written.append)
    remember(observer)
    observer.flush()
    assert written == []
    assert b'nexus_http_requests_total{operation="v2.tasks.get_task",status="200"} 1.0' in observer.exposition()


def remember(observer: Observer, status: int = 200) -> None:
    """One request."""
    request = Request({"method": "GET", "path": "/v2/tasks/task_1", "headers": []})
    request.operation_id = "v2.tasks.get_task"
    observer.request(request, status, time.perf_counter() % 1)
