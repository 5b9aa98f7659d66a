"""FastAPI that takes telemetry frames, written as well as it can be: pydantic judges the same frame, each is committed.

`NEXUS_BENCH_STORE` is a file of SQLite, with the settings that ours has, or the URL of a MongoDB, over motor. It is not
asked for the rest that our server does: limits, audit log, idempotency, devices, series.
"""

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from time import time
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pymongo import WriteConcern

from adapters.sqlite.file import PRAGMAS
from scripts.serving import API_KEY
from tests.bench import contract

Identifier = Annotated[str, Field(pattern=contract.schema("Identifier")["pattern"])]
MetricName = Annotated[str, Field(pattern=contract.schema("MetricName")["pattern"])]
LabelName = Annotated[str, Field(pattern=contract.schema("Tags")["propertyNames"]["pattern"])]
Store = Callable[[dict[str, Any]], Awaitable[None]]
_TABLE = """
CREATE TABLE frames (id TEXT PRIMARY KEY, device TEXT, at INTEGER, doc BLOB);
CREATE INDEX by_device ON frames (device, at);
CREATE INDEX by_time ON frames (at);
"""


class FrameSubmit(BaseModel):
    """A frame as it is sent."""

    model_config = ConfigDict(extra="forbid")

    frame_id: Identifier | None = None
    device_id: Identifier
    timestamp: AwareDatetime | None = None
    metrics: Annotated[dict[MetricName, bool | int | float | str | list | dict], Field(min_length=1, max_length=256)]
    tags: Annotated[dict[LabelName, Annotated[str, Field(max_length=256)]], Field(max_length=32)] = {}
    metadata: dict[str, Any] = {}


async def known(request: Request) -> None:
    """Let callers pass whose key is known."""
    if request.headers.get("authorization") != f"Bearer {API_KEY}":
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


def build() -> FastAPI:
    """The application."""
    app = FastAPI(openapi_url=None, lifespan=_lifespan)

    @app.post("/v2/telemetry/frames", dependencies=[Depends(known)], response_model=None)
    async def submit_frame(body: FrameSubmit, request: Request) -> Response:
        now = int(time() * 1000)
        kept = {
            "id": body.frame_id or f"frame_{uuid4().hex}",
            "device": body.device_id,
            "at": int(body.timestamp.timestamp() * 1000) if body.timestamp else now,
            "received_at": now,
            "metrics": body.metrics,
            "tags": body.tags,
            "metadata": body.metadata,
        }
        await request.app.state.store(kept)
        return Response(orjson.dumps(kept), 201, media_type="application/json")

    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> Any:
    place = os.environ["NEXUS_BENCH_STORE"]
    app.state.store = _mongo(place) if place.startswith("mongodb://") else _sqlite(place)
    yield


def _sqlite(path: str) -> Store:
    """One commit for each frame, in the loop: a thread would cost more than the commit does."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_TABLE)

    async def store(frame: dict[str, Any]) -> None:
        row = (frame["id"], frame["device"], frame["at"], orjson.dumps(frame))
        connection.execute("INSERT INTO frames VALUES (?, ?, ?, ?)", row)

    return store


def _mongo(url: str) -> Store:
    """One acknowledged insert for each frame, on disk as ours is."""
    database = AsyncIOMotorClient(url).get_database("peer", write_concern=WriteConcern(w="majority", j=True))

    async def store(frame: dict[str, Any]) -> None:
        await database.frames.insert_one({"_id": frame["id"], **frame})

    return store
