"""An issuer of identity tokens on loopback: real keys, a real HTTP server, and every way to misbehave."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt

CLIENT = "nexus.apps.googleusercontent.com"


@cache
def private_key(name: str, bits: int) -> bytes:
    """The key of that name, the same during a run: making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key(name: str, bits: int = 2048, **changes: Any) -> dict[str, Any]:
    """The entry of a key in the set of keys."""
    entry = jwk.construct(private_key(name, bits), "RS256").public_key().to_dict()
    plain = {field: value.decode() if isinstance(value, bytes) else value for field, value in entry.items()}
    return {**plain, "kid": name, "use": "sig", "alg": "RS256", **changes}


def token(key: str = "k1", headers: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token as Google would sign it for Ann, but for the changes; None takes a claim away."""
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "azp": CLIENT,
        "aud": CLIENT,
        "sub": "110169484474386276334",
        "email": "Ann@Example.org",
        "email_verified": True,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "name": "Ann",
        "iat": now,
        "exp": now + 3600,
    } | changes
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, private_key(key, 2048), algorithm="RS256", headers={"kid": key, **(headers or {})})


@dataclass
class Issuer:
    """What the server answers, and how often it was asked."""

    names: list[str] = field(default_factory=lambda: ["k1"])
    max_age: int = 3600
    asked: int = 0
    pause: float = 0.0
    answer: bytes | None = None
    url: str = ""
    tasks: set[Any] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.asked += 1
        self.tasks.add(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        keys = orjson.dumps({"keys": [public_key(name) for name in self.names]})
        answer = ok(keys, self.max_age) if self.answer is None else self.answer
        try:
            for start in range(0, len(answer), 65_536):
                writer.write(answer[start : start + 65_536])
                await writer.drain()
                await asyncio.sleep(self.pause)
        except ConnectionError:
            return
        finally:
            writer.close()


def ok(body: bytes, max_age: int = 3600) -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 200 OK\r\nCache-Control: public, max-age={max_age}, must-revalidate\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """A running issuer."""
    issuer = Issuer()
    server = await asyncio.start_server(issuer.handle, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/oauth2/v3/certs"
    try:
        yield issuer
    finally:
        server.close()
        for task in issuer.tasks:
            task.cancel()
        await asyncio.gather(*issuer.tasks, return_exceptions=True)
