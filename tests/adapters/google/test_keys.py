"""Google's keys: fetched rarely, renewed when they rotate, and kept while Google is silent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from adapters.google.fetching import Fetched, FetchFailed, HttpDocument
from adapters.google.keys import KeyRing, _age_of
from handlers.core.errors import Unavailable
from tests.adapters.google.issuer import Issuer, issuing, ok, public_key


class Watch:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    """The time that the keys see."""
    return Watch()


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    """A running issuer."""
    async with issuing() as running:
        yield running


@pytest.fixture
def keys(issuer: Issuer, watch: Watch) -> KeyRing:
    """The issuer's keys."""
    return KeyRing(HttpDocument(issuer.url, seconds=2).fetch, now=watch)


async def test_many_who_need_a_key_fetch_it_once(keys: KeyRing, issuer: Issuer) -> None:
    """The first asks Google; whoever comes meanwhile waits for the same answer, and whoever comes later has it."""
    found = await asyncio.gather(*(keys.get("k1") for _ in range(20)))
    assert len(set(map(id, found))) == 1 and found[0] is not None
    assert await keys.get("k1") is found[0]
    assert issuer.asked == 1


async def test_keys_are_fetched_again_when_their_time_is_over(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """`max-age` says for how long; a key that Google has withdrawn is known no more."""
    issuer.max_age = 600
    await keys.get("k1")
    watch.seconds += 599
    await keys.get("k1")
    assert issuer.asked == 1
    issuer.names = ["k2"]
    watch.seconds += 1
    assert await keys.get("k1") is None
    assert await keys.get("k2") is not None
    assert issuer.asked == 2


async def test_a_rotation_is_seen_at_once(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """A name that is not known is asked for, long before the keys are old."""
    await keys.get("k1")
    watch.seconds += 6
    issuer.names = ["k1", "k2"]
    assert await keys.get("k2") is not None
    assert issuer.asked == 2


async def test_made_up_names_do_not_make_us_ask_all_the_time(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """However many unknown names come, Google is asked once in a few seconds."""
    await keys.get("k1")
    for number in range(50):
        assert await keys.get(f"unknown {number}") is None
    assert issuer.asked == 1
    watch.seconds += 5
    for number in range(50):
        assert await keys.get(f"unknown {number}") is None
    assert issuer.asked == 2


async def test_without_any_key_nobody_can_be_judged(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """While Google has never answered, it is not asked all the time, and is heard when it comes back."""
    issuer.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
    for _ in range(10):
        with pytest.raises(Unavailable) as refusal:
            await keys.get("k1")
    assert refusal.value.retry_after == 5
    assert issuer.asked == 1
    issuer.answer = None
    watch.seconds += 5
    assert await keys.get("k1") is not None


async def test_old_keys_serve_while_google_is_silent(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """For a day; a name that was not known then cannot be judged, and after the day none can."""
    known = await keys.get("k1")
    issuer.answer = b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"
    watch.seconds += 3601
    for _ in range(10):
        assert await keys.get("k1") is known
        with pytest.raises(Unavailable):
            await keys.get("k2")
    assert issuer.asked == 2
    watch.seconds += 86_399
    with pytest.raises(Unavailable):
        await keys.get("k1")
    issuer.answer = None
    watch.seconds += 5
    assert await keys.get("k1") is not None


async def test_old_keys_do_not_wait_for_a_slow_answer(keys: KeyRing, issuer: Issuer, watch: Watch) -> None:
    """One request asks, and waits as long as it may; the others go on with the keys that there are."""
    known = await keys.get("k1")
    watch.seconds += 3601
    issuer.pause = 30
    slow = asyncio.ensure_future(keys.get("k1"))
    await asyncio.sleep(0.05)
    assert await keys.get("k1") is known
    assert not slow.done()
    assert await slow is known


ANSWERS = {
    "a refused connection": None,
    "nothing": b"",
    "noise": b"\x00\xff\r\n\r\n",
    "another status": b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 200 + b"\r\n",
    "a huge answer": ok(b" " * 70_000 + b"{}"),
    "a huge answer of unknown length": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 10_000_000,
    "no JSON": ok(b"<html>"),
    "no keys": ok(b"{}"),
    "an empty set": ok(b'{"keys": []}'),
    "keys of another shape": ok(b'{"keys": {"k1": 1}}'),
    "nothing but noise as keys": ok(b'{"keys": [1, null, {}, {"kid": "k1", "kty": "RSA", "n": 1, "e": "AQAB"}]}'),
    "a symmetric key": ok(b'{"keys": [{"kid": "k1", "kty": "oct", "alg": "HS256", "k": "c2VjcmV0"}]}'),
    "a key for another algorithm": ok(orjson.dumps({"keys": [public_key("k1", alg="RS512")]})),
    "a key for encryption": ok(orjson.dumps({"keys": [public_key("k1", use="enc")]})),
    "a short key": ok(orjson.dumps({"keys": [public_key("k1", 1024)]})),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_is_no_set_of_keys_is_as_good_as_silence(keys: KeyRing, issuer: Issuer, kind: str) -> None:
    """However Google, or whoever sits in between, misbehaves, the keys are unavailable and nothing worse."""
    if kind == "a refused connection":
        keys = KeyRing(HttpDocument("http://127.0.0.1:1/certs").fetch)
    issuer.answer = ANSWERS[kind]
    with pytest.raises(Unavailable):
        await keys.get("k1")


async def test_a_redirect_is_not_followed(keys: KeyRing, issuer: Issuer) -> None:
    """Keys come from the address that the operator has set, and from nowhere else."""
    issuer.answer = f"HTTP/1.1 302 Found\r\nLocation: {issuer.url}\r\nContent-Length: 0\r\n\r\n".encode()
    with pytest.raises(Unavailable):
        await keys.get("k1")
    assert issuer.asked == 1


async def test_one_bad_key_does_not_spoil_the_others(keys: KeyRing, issuer: Issuer) -> None:
    """What cannot be used is passed over."""
    bad = [public_key("k3", alg="RS512"), {"kid": "k4"}, 7]
    issuer.answer = ok(orjson.dumps({"keys": [*bad, public_key("k1")]}))
    assert await keys.get("k1") is not None
    assert await keys.get("k3") is None


@pytest.mark.parametrize("drips", [False, True])
async def test_a_slow_answer_is_given_up(issuer: Issuer, drips: bool) -> None:
    """The time is for the whole answer, also when a little of it comes again and again."""
    issuer.pause = 0.05 if drips else 30
    issuer.answer = ok(b" " * 10_000_000) if drips else None
    document = HttpDocument(issuer.url, seconds=0.2, max_bytes=20_000_000)
    with pytest.raises(FetchFailed, match=r"within 0\.2 seconds"):
        await document.fetch()


async def test_a_chunked_answer_is_read(issuer: Issuer) -> None:
    """A server may send its answer in pieces."""
    issuer.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert await HttpDocument(issuer.url).fetch() == Fetched(b"abcde", "")


async def test_a_server_is_asked_politely() -> None:
    """The request names the host, the whole path and ourselves."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(ok(b"{}"))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await HttpDocument(f"http://127.0.0.1:{port}/a/b?c=d").fetch()
    lines = heard[0].decode().splitlines()
    assert lines[0] == "GET /a/b?c=d HTTP/1.1"
    assert {f"Host: 127.0.0.1:{port}", "Connection: close", "User-Agent: nexus"} <= set(lines)


@pytest.mark.parametrize("url", ["ftp://h/x", "h/x", "", "https:///x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """An address is HTTP's, and has a host."""
    with pytest.raises(ValueError, match="no address"):
        HttpDocument(url)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("public, max-age=19284, must-revalidate", 19284), ("max-age=5", 60), ("max-age=999999999", 86_400), ("", 3600),
        ("no-store", 3600), ("s-maxage=7", 3600), ('MAX-AGE="600"', 600), ("max-age=x", 3600), ("max-age=-1", 3600),
    ],
)  # fmt: skip
def test_how_long_keys_are_fresh(said: Any, seconds: float) -> None:
    """As long as Google says, within reason."""
    assert _age_of(said) == seconds
