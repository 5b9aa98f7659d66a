"""What goes out over HTTP, against real servers: addresses, certificates, time, size, and every way to misbehave."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.outgoing.client import Bounds, HttpSender
from adapters.outgoing.resolving import Resolver
from handlers.core.outgoing import Parcel
from tests.certificates import self_signed
from tests.receivers import Receiver

QUICK = Bounds(connect_seconds=1, seconds=1.5, body_bytes=1000)
PATIENT = Bounds(connect_seconds=20, seconds=30, body_bytes=1000)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def parcel(url: str, body: bytes = b'{"a": 1}') -> Parcel:
    """Something to send."""
    return Parcel(url, {"Content-Type": "application/json", "webhook-id": "evt_1"}, body)


def sender(*addresses: str, allows_private: bool = True, bounds: Bounds = PATIENT, **more: object) -> HttpSender:
    """A sender for which every name has these addresses, or those that the system knows."""
    lookup = (lambda name: list(addresses)) if addresses else None
    return HttpSender(Resolver(lookup, allows_private=allows_private), bounds=bounds, **more)


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A server that says what it likes; its address."""
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)


def saying(answer: bytes, *, then: float = 0.0) -> Talk:
    """Say this, and close after a while."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(then)
        writer.close()
        await writer.wait_closed()

    return talk


async def test_a_parcel_arrives_as_it_is() -> None:
    """The bytes, the headers and the path are those that were given; the answer's status and body come back."""
    with Receiver(lambda received: 202) as receiver:
        answer = await sender().send(parcel(f"http://127.0.0.1:{receiver.port}/a/b?c=d%20e", b"\x00\xff" * 40_000))
        (came,) = receiver.received
    assert (answer.status, answer.body, answer.error, answer.is_taken) == (202, b"ok", None, True)
    assert (came.path, came.body) == ("/a/b?c=d%20e", b"\x00\xff" * 40_000)
    assert came.headers["host"] == f"127.0.0.1:{receiver.port}" and came.headers["webhook-id"] == "evt_1"
    assert answer.duration > 0


async def test_the_name_is_said_to_the_address_that_was_judged(tmp_path: Path) -> None:
    """Over TLS a name is called at its address: with its own name in the handshake, the certificate and `Host`."""
    certificate, key = self_signed(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    named: list[str | None] = []
    server.sni_callback = lambda connection, name, context: named.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with Receiver(tls=server) as receiver:
        url = f"https://localhost:{receiver.port}/hook"
        answer = await sender("127.0.0.1", certificates=trusting).send(parcel(url))
        assert (answer.status, named) == (200, ["localhost"])
        assert receiver.received[0].headers["host"] == f"localhost:{receiver.port}"
        for place, context in (
            (url, ssl.create_default_context()),
            (f"https://other.example:{receiver.port}/", trusting),
        ):
            refused = await sender("127.0.0.1", certificates=context).send(parcel(place))
            assert refused.status is None and refused.error.startswith("No secure connection")
        assert len(receiver.received) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "10.0.0.1"])
async def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    """Nothing is connected to, and the refusal does not say where the name leads."""
    with Receiver() as receiver:
        url = f"http://innocent.example:{receiver.port}/"
        answer = await sender(address, allows_private=False).send(parcel(url))
        assert (answer.status, answer.error) == (None, "The address may not be called")
        assert receiver.received == []


async def test_a_literal_is_judged_too() -> None:
    """Also those that only the system understands: old ways to write 127.0.0.1."""
    with Receiver() as receiver:
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "localhost"):
            answer = await sender(allows_private=False).send(parcel(f"http://{host}:{receiver.port}/"))
            assert answer.error == "The address may not be called", host
        assert receiver.received == []


async def test_a_name_that_changes_its_mind() -> None:
    """DNS rebinding: public when it is judged, private a moment later. The one that was judged is called, or none."""
    answers = [["203.0.114.1"], ["127.0.0.1"], ["127.0.0.1", "203.0.114.1"]]
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return answers[len(asked) - 1]

    called: list[str] = []

    async def connect(host: str, port: int, **options: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        called.append(host)
        raise ConnectionRefusedError

    rebinding = HttpSender(Resolver(lookup), bounds=QUICK, connect=connect)
    told = [(await rebinding.send(parcel("http://rebind.example/"))).error for _ in range(3)]
    assert told == ["No connection", "The address may not be called", "No connection"]
    assert (len(asked), called) == (3, ["203.0.114.1", "203.0.114.1"])


async def test_an_address_that_does_not_answer_is_passed_over() -> None:
    """Of several addresses the first that takes the connection is used."""
    with Receiver() as receiver:
        url = f"http://two.example:{receiver.port}/"
        answer = await sender("127.0.0.77", "127.0.0.1").send(parcel(url))
        assert answer.status == 200
    assert (await sender("127.0.0.1").send(parcel(url))).error == "No connection"


async def test_a_name_that_nobody_knows() -> None:
    """It is an answer like any other."""

    def lookup(name: str) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    answer = await HttpSender(Resolver(lookup), bounds=QUICK).send(parcel("http://nobody.example/"))
    assert answer.error == "No connection"


async def test_a_name_server_that_hangs_holds_up_its_own_names_only() -> None:
    """A hanging look-up ends with the time for the whole, is made once for all who ask, and others are not delayed."""
    asked: list[str] = []
    hang = threading.Event()

    def lookup(name: str) -> list[str]:
        asked.append(name)
        if name == "hangs.example":
            hang.wait()
        return ["127.0.0.1"]

    resolver = Resolver(lookup, allows_private=True)
    quick, patient = HttpSender(resolver, bounds=QUICK), HttpSender(resolver, bounds=PATIENT)
    with Receiver() as receiver:
        hanging = [asyncio.create_task(quick.send(parcel("http://hangs.example/"))) for _ in range(50)]
        await asyncio.sleep(0.05)
        assert (await patient.send(parcel(f"http://well.example:{receiver.port}/"))).status == 200
    assert {(await one).error for one in hanging} == {"No answer within 1.5 seconds"}
    assert asked.count("hangs.example") == 1
    hang.set()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    """They are answers that do not take what was sent."""
    with Receiver(lambda received: status) as receiver:
        answer = await sender().send(parcel(receiver.url))
        assert (answer.status, answer.is_taken, len(receiver.received)) == (status, False, 1)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "The answer is not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "The answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "The answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000, "The answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "The answer is not HTTP"),
    ],
)
async def test_what_is_no_answer_is_told(said: bytes, told: str) -> None:
    """Whatever comes, it comes to a word."""
    async with talking(saying(said)) as url:
        answer = await sender().send(parcel(url))
    assert (answer.status, answer.error) == (None, told)


async def test_information_is_passed_over() -> None:
    """The answer is what comes behind `100 Continue` and its like."""
    said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
    async with talking(saying(said)) as url:
        assert (await sender().send(parcel(url))).status == 204


async def test_no_more_of_a_body_is_read_than_is_worth_it() -> None:
    """An endless body is cut off; what has come counts."""

    async def endlessly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    async with talking(endlessly) as url:
        began = time.perf_counter()
        answer = await sender().send(parcel(url))
    assert (answer.status, len(answer.body)) == (200, PATIENT.body_bytes)
    assert time.perf_counter() - began < PATIENT.seconds / 2


async def test_a_slow_receiver_has_only_so_much_time() -> None:
    """One that says nothing, or a byte now and then, is left; one that has said its status has answered."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.1)

    for talk in (saying(b"", then=30), trickle):
        async with talking(talk) as url:
            began = time.perf_counter()
            answer = await sender(bounds=QUICK).send(parcel(url))
        assert answer.error == "No answer within 1.5 seconds"
        assert 1.4 < time.perf_counter() - began < 15
    async with talking(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", then=30)) as url:
        answer = await sender(bounds=QUICK).send(parcel(url))
    assert (answer.status, answer.body) == (200, b"short")


async def test_one_who_reads_nothing_has_only_so_much_time() -> None:
    """A body that nobody takes does not keep us."""

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with talking(deaf) as url:
        answer = await sender(bounds=QUICK).send(parcel(url, b"x" * 20_000_000))
    assert answer.error == "No answer within 1.5 seconds"
