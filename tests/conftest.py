"""One server for the session, a tenant of its own for every test, and clients that hold answers to the contract."""

import gc
import ssl
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

with warnings.catch_warnings():
    # Connexion imports Starlette's test client, which announces its own successor.
    warnings.simplefilter("ignore")
    import connexion  # noqa: F401

import generated
from handlers.app import Nexus, build
from handlers.settings import Settings
from scripts.serving import AMPLE_LIMITS, free_port
from tests.conformity import Conformity
from tests.serving import ADMIN_KEY, BROKER_SECRET, HASHER, PASSWORD, Connect, Running

# Each test has a time limit already; that a machine is busy is no defect of what is tested on it.
hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("patient")

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing here needs one, and each client would load all roots


@pytest.fixture(scope="session")
def conformity() -> Conformity:
    """The judge of every answer."""
    return Conformity(orjson.loads((Path(generated.__file__).parent / "openapi.json").read_bytes()))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server of the session."""
    port = free_port()
    settings = replace(make_settings(tmp_path_factory.mktemp("nexus")), grpc_port=port)
    running = Running(build(settings, hasher=HASHER), procedures=f"127.0.0.1:{port}").start()
    yield running
    running.stop()
    assert running.violations() == {}, "Messages were told that are not as the event contract says"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings for a server of the test's own."""
    return make_settings(tmp_path)


@pytest.fixture
def serve(settings: Settings) -> Iterator[Callable[..., Running]]:
    """Starts servers of the test's own, each adapted before it starts."""
    started = []

    def start(adapt: Callable[[Nexus], None] = lambda nexus: None, **changes: object) -> Running:
        nexus = build(replace(settings, **changes), hasher=HASHER)
        adapt(nexus)
        started.append(Running(nexus, procedures=f"127.0.0.1:{changes.get('grpc_port', 0)}").start())
        return started[-1]

    yield start
    for running in started:
        running.stop()
        assert running.violations() == {}, "Messages were told that are not as the event contract says"
    if started:
        started.clear()
        gc.collect()  # a server is cycles all over: those of hundreds of tests would stay for long


@pytest.fixture
def tenant() -> str:
    """A tenant that nobody else has."""
    return f"t_{uuid4().hex}"


@pytest.fixture
def connect(conformity: Conformity) -> Iterator[Connect]:
    """Makes clients of any server; what they receive is judged."""
    clients = []

    def make(server: Running, key: str = "", **options: object) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        hooks = {"response": [conformity]}
        clients.append(
            httpx.Client(base_url=server.url, headers=headers, event_hooks=hooks, verify=NO_TLS, timeout=20, **options)
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def key(shared_server: Running, tenant: str) -> str:
    """An administrator's key in the test's tenant."""
    return shared_server.key_for("admin", tenant)


@pytest.fixture
def client(shared_server: Running, connect: Connect, key: str) -> httpx.Client:
    """An administrator of the test's tenant."""
    return connect(shared_server, key)


@pytest.fixture
def stranger(shared_server: Running, connect: Connect) -> httpx.Client:
    """Somebody without credentials."""
    return connect(shared_server)


@pytest.fixture
def client_as(shared_server: Running, connect: Connect, tenant: str) -> Callable[[str], httpx.Client]:
    """Makes clients of a role in the test's tenant."""
    return lambda role: connect(shared_server, shared_server.key_for(role, tenant))


def make_settings(folder: Path) -> Settings:
    """Settings for a server that keeps everything in a folder."""
    return Settings(
        data_dir=folder,
        grpc_port=0,
        jwt_secret="a secret of at least thirty-two bytes",
        encryption_key="5ec7e7" * 10 + "f00d",
        admin_password=PASSWORD,
        admin_api_key=ADMIN_KEY,
        amqp_auth_secret=BROKER_SECRET,
        log_level="error",
        rate_limits=AMPLE_LIMITS,
    )
