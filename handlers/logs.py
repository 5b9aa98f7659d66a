"""The server's own log: how its lines look, and what never stands in them."""

import logging
import sys
from typing import Any

import orjson
import structlog

from handlers.core.redaction import Redaction


def configure(level: str, redaction: Redaction) -> None:
    """One JSON object a line, whoever speaks: ourselves, or a library through the standard library's logging."""
    shared: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        lambda _logger, _name, line: redaction.line(line),
    ]
    rendered = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line, default=str).decode())
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[strip, rendered]))
    logging.basicConfig(level=max(logging.getLevelName(level.upper()), logging.WARNING), handlers=[handler])
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what is no request, we log ourselves
    structlog.configure(
        processors=[*shared, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
