"""Listening: TLS 1.3 and nothing older, a port of its own, and one that workers share."""

import socket
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from generated.grpc.nexus_pb2_grpc import TelemetryStub
from handlers.app import build
from handlers.settings import Settings
from scripts.serving import API_KEY, free_port
from tests.certificates import self_signed
from tests.frames import batch, by
from tests.serving import eventually


def started(folder: Path, **variables: str) -> subprocess.Popen[str]:
    """A server with its words in a pipe."""
    environment = {"PATH": "/usr/bin", "NEXUS_DATA_DIR": str(folder), "NEXUS_ADMIN_API_KEY": API_KEY, **variables}
    command = [sys.executable, "-m", "handlers"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def spoken(port: int, certificate: Path, version: ssl.TLSVersion) -> bool:
    """Whether a server agrees to HTTP/2 over this version of TLS."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            return secure.selected_alpn_protocol() == "h2"
    except OSError:
        return False


def test_only_tls_1_3_is_spoken(tmp_path: Path) -> None:
    """With certificates, the newest TLS is taken; an older handshake is broken off, and plain text too."""
    certificate, key = self_signed(tmp_path)
    port = free_port()
    variables = {
        "NEXUS_API_PORT": str(free_port()),
        "NEXUS_GRPC_PORT": str(port),
        "NEXUS_TLS_CERT_PATH": str(certificate),
        "NEXUS_TLS_KEY_PATH": str(key),
    }
    with started(tmp_path, **variables) as process:
        try:
            assert eventually(lambda: spoken(port, certificate, ssl.TLSVersion.TLSv1_3), seconds=30)
            assert not spoken(port, certificate, ssl.TLSVersion.TLSv1_2)
            trusting = grpc.ssl_channel_credentials(certificate.read_bytes())
            with grpc.secure_channel(f"localhost:{port}", trusting) as channel:
                assert len(TelemetryStub(channel).Submit(batch(), metadata=by(API_KEY), timeout=10).results) == 1
            with grpc.insecure_channel(f"localhost:{port}") as channel, pytest.raises(grpc.RpcError) as refused:
                TelemetryStub(channel).Submit(batch(), metadata=by(API_KEY), timeout=20)
            assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        finally:
            process.terminate()


@pytest.mark.parametrize("shares", [False, True])
def test_a_port_that_is_taken_is_refused_at_once(tmp_path: Path, shares: bool) -> None:
    """A server says which port it cannot have, also where its holder would share it with anybody."""
    with closing(socket.socket()) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shares))
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        with started(tmp_path, NEXUS_API_PORT=str(free_port()), NEXUS_GRPC_PORT=port) as process:
            words, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"nexus: cannot listen on 127.0.0.1:{port} for gRPC: Address already in use" in words


def test_it_is_not_served_where_nobody_wants_it(settings: Settings) -> None:
    """Port 0 is none."""
    assert settings.grpc_port == 0
    site = build(settings).site
    assert site.start.args[1] is None
