"""The contract, served by the server that keeps it, and pages to read it."""

from mimetypes import guess_type

from handlers.core.calls import Call
from handlers.core.errors import NotFound

# The pages load only what this server sends; styles are inline because the page's own script writes them.
_PAGE_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
_CACHED = {"Cache-Control": "public, max-age=3600"}


async def get_openapi_json(call: Call) -> bytes:
    """The contract in one file."""
    return call.core.files["openapi.json"]


async def get_openapi_yaml(call: Call) -> bytes:
    """The contract in one file."""
    return call.core.files["openapi.yaml"]


async def get_asyncapi_json(call: Call) -> bytes:
    """The event contract in one file."""
    return call.core.files["asyncapi.json"]


async def get_asyncapi_yaml(call: Call) -> bytes:
    """The event contract in one file."""
    return call.core.files["asyncapi.yaml"]


async def get_proto(call: Call) -> bytes:
    """The gRPC contract."""
    return call.core.files["nexus.proto"]


async def get_docs(call: Call) -> tuple[bytes, dict[str, str]]:
    """A page to read and try the operations."""
    return call.core.files["docs.html"], _PAGE_POLICY


async def get_event_docs(call: Call) -> tuple[bytes, dict[str, str]]:
    """A page to read the events."""
    return call.core.files["events.html"], _PAGE_POLICY


async def get_asset(call: Call, asset: str) -> tuple[bytes, dict[str, str]]:
    """A script or style of the pages."""
    body = call.core.files.get(f"assets/{asset}")
    if body is None:
        raise NotFound("asset", asset)
    return body, {"Content-Type": guess_type(asset)[0] or "application/octet-stream", **_CACHED}
