"""What Schemathesis needs to be told of our media types."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(_: Any, value: Any) -> bytes:
    """Lines of JSON are a text to the contract, and are sent as they are."""
    return value.encode() if isinstance(value, str) else str(value).encode()
