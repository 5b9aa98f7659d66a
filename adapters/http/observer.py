"""What is remembered of every request: figures for Prometheus and one structured line for the log.

Lines gather in memory for a moment and go out in one write, so that logging costs a request no system call. Neither
queries nor bodies are logged: they can hold what is personal.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import time
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.process_collector import ProcessCollector

from adapters.http.figures import RequestFigures
from adapters.http.requests import Request
from handlers.core.redaction import Redaction

_FLUSH_SECONDS = 0.1
_FLUSH_LINES = 500


class Observer:
    """Counts and logs answered requests."""

    def __init__(
        self,
        *,
        log_requests: bool,
        write: Callable[[bytes], Any] = sys.stderr.buffer.write,
        redaction: Redaction | None = None,
    ) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._figures = RequestFigures()
        self._batches = RequestFigures("grpc")
        for figures in (self._figures, self._batches):
            self.registry.register(figures)
        self.streams = Gauge("nexus_open_streams", "Open event streams", ("transport",), registry=self.registry)
        self.violations = Counter(
            "nexus_event_violations", "Messages that are not as the contract says", ("message",), registry=self.registry
        )
        self._log_requests = log_requests
        self._write = write
        self._redaction = redaction or Redaction()
        self._lines: list[bytes] = []
        self._flush: asyncio.TimerHandle | None = None

    def totals(self) -> tuple[int, float]:
        """How many requests were answered, and the seconds that took."""
        return self._figures.totals()

    def exposition(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)

    def request(self, request: Request, status: int, seconds: float) -> None:
        """Remember one answered request."""
        self._figures.add(request.operation_id, status, seconds)
        if self._log_requests:
            path = request.scope["path"]
            self._line(
                request.operation_id, request.method, path, status, seconds, request.id, request.who, request.peer
            )

    def batch(
        self, operation: str, code: str, status: int, seconds: float, request_id: str, who: str, peer: str
    ) -> None:
        """Remember one batch that was answered over gRPC; `status` is what HTTP would have said."""
        self._batches.add(operation, code, seconds)
        if self._log_requests:
            self._line(operation, "POST", f"/{operation}", status, seconds, request_id, who, peer)

    def flush(self) -> None:
        """Write the gathered lines."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if self._lines:
            lines, self._lines = self._lines, []
            self._write(b"".join(lines))
            sys.stderr.flush()

    def _line(
        self,
        operation: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        request_id: str,
        who: str,
        peer: str,
    ) -> None:
        line = {
            "timestamp": datetime.fromtimestamp(time(), UTC),
            "level": "info" if status < 500 else "error",
            "event": "request",
            "operation": operation,
            "method": method,
            "path": self._redaction.text(path),
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
            "request_id": request_id,
            "principal": who,
        }
        if self._redaction.keeps_addresses:
            line["peer"] = peer
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
        if len(self._lines) >= _FLUSH_LINES:
            self.flush()
        elif self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
