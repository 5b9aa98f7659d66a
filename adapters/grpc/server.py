"""Listening for gRPC: the port, its certificates, and a stop that loses no call that was begun."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import grpc

from adapters.grpc.methods import Methods
from adapters.grpc.site import GrpcSite
from generated.grpc.nexus_pb2 import DESCRIPTOR
from handlers.core.errors import Unavailable

_SERVICE = DESCRIPTOR.services_by_name["Telemetry"].full_name
_STREAMS_OF_A_CONNECTION, _CALLS = 100, 4_000
_SILENT_MS, _ANSWER_MS, _PING_MS = 60_000, 20_000, 10_000
# What a stream may send before it is read. It does not grow with the network, so that a slow store costs no memory.
_AHEAD_BYTES = 1_048_576


@dataclass(frozen=True)
class Listening:
    """Where to listen and how. Who shares the port with other processes has connections spread among them."""

    host: str
    port: int
    body_bytes: int
    grace_seconds: float
    certificate: Path | None = None
    key: Path | None = None
    shares_port: bool = False


class GrpcServer:
    """Serves the methods until the site stops."""

    def __init__(self, site: GrpcSite, listening: Listening) -> None:
        self._site = site
        self._listening = listening
        self._ending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        server = grpc.aio.server(options=self._options(), maximum_concurrent_rpcs=_CALLS)
        methods = Methods(self._site, _SERVICE)
        handlers = {
            "Submit": grpc.stream_unary_rpc_method_handler(methods.submit),
            "Stream": grpc.stream_stream_rpc_method_handler(methods.stream),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        self._bind(server)
        await server.start()
        self._ending = asyncio.create_task(self._end(server))

    async def stop(self) -> None:
        """Return when the last call has ended; the site has said that it stops."""
        if self._ending is not None:
            await self._ending

    async def _end(self, server: grpc.aio.Server) -> None:
        """When the site stops, take no more calls, and let those that were begun end."""
        await self._site.stopping.wait()
        await server.stop(self._listening.grace_seconds)

    def _bind(self, server: grpc.aio.Server) -> None:
        address = f"{_bracketed(self._listening.host)}:{self._listening.port}"
        try:
            if self._listening.certificate is None:
                server.add_insecure_port(address)
            else:
                server.add_secure_port(address, self._credentials())
        except RuntimeError as exc:
            raise Unavailable(f"Cannot listen for gRPC on {address}") from exc

    def _credentials(self) -> grpc.ServerCredentials:
        pair = self._listening.key.read_bytes(), self._listening.certificate.read_bytes()
        return grpc.ssl_server_credentials([pair])

    def _options(self) -> list[tuple[str, int]]:
        return [
            ("grpc.so_reuseport", int(self._listening.shares_port)),
            ("grpc.max_receive_message_length", self._listening.body_bytes),
            ("grpc.max_concurrent_streams", _STREAMS_OF_A_CONNECTION),
            ("grpc.http2.bdp_probe", 0),
            ("grpc.http2.lookahead_bytes", _AHEAD_BYTES),
            ("grpc.keepalive_time_ms", _SILENT_MS),
            ("grpc.keepalive_timeout_ms", _ANSWER_MS),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", _PING_MS),
        ]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
