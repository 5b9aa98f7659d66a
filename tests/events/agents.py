"""An agent over AMQP: it reads its queue, says what it is told to, and hears the answers."""

import asyncio
import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity

_SECONDS = 20
_REPLIES = "amq.rabbitmq.reply-to"


async def opened(url: str, agent: str, tenant: str = "t_default") -> "AmqpAgent":
    """An agent with a connection of its own."""
    return await speaking(await aio_pika.connect(url), agent, tenant)


async def speaking(connection: AbstractConnection, agent: str, tenant: str) -> "AmqpAgent":
    """An agent over a connection that there is."""
    made = AmqpAgent(connection, await connection.channel(on_return_raises=True), agent, tenant)
    replies = await made.channel.get_queue(_REPLIES, ensure=False)
    await replies.consume(made.take_answer, no_ack=True)
    return made


class AmqpAgent:
    """One process that works for an agent."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel, agent: str, tenant: str) -> None:
        self.connection = connection
        self.channel = channel
        word = quote(agent, safe="").replace(".", "%2E")
        self.key = f"{tenant}.{word}"
        self.queue = f"nexus.work.{tenant}.{word.replace('%', ':')}"
        self.heard: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        """Begin to read the queue, as soon as there is one."""
        async with asyncio.timeout(_SECONDS):
            while not await self.is_there():
                await asyncio.sleep(0.05)
        queue = await self.channel.get_queue(self.queue, ensure=False)
        tag = await queue.consume(self.heard.put, no_ack=True)
        self._stop = lambda: queue.cancel(tag)

    async def stop(self) -> None:
        """Read no more."""
        await self._stop()

    async def close(self) -> None:
        """Be gone."""
        await self.connection.close()

    async def hear(self, type: str = "work.offer", seconds: float = _SECONDS) -> dict[str, Any]:
        """The next message, which is of this type."""
        message = await asyncio.wait_for(self.heard.get(), seconds)
        assert message.type == type, (message.type, message.body)
        return json.loads(message.body)

    async def say(self, type: str, *, name: str | None = None, user: str | None = None, **said: Any) -> dict[str, Any]:
        """Say something, as a user if one is named, and return the answer."""
        name = name or uuid4().hex
        self._answers[name] = answer = asyncio.get_running_loop().create_future()
        await self.tell(type, said, message_id=name, reply_to=_REPLIES, user_id=user)
        return await asyncio.wait_for(answer, _SECONDS)

    async def tell(self, type: str, said: Any, key: str | None = None, **properties: Any) -> None:
        """Say something to nobody who answers."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        exchange = await self.channel.get_exchange("nexus.results", ensure=False)
        await exchange.publish(aio_pika.Message(body, type=type, delivery_mode=2, **properties), key or self.key)

    async def take_answer(self, message: AbstractIncomingMessage) -> None:
        """Give an answer to whoever waits for it."""
        assert message.type == "work.answer"
        waiting = self._answers.pop(message.correlation_id or "", None)
        if waiting is not None and not waiting.done():
            waiting.set_result(json.loads(message.body))

    async def is_there(self) -> bool:
        """Whether the agent has a queue."""
        channel = await self.connection.channel()
        try:
            await channel.declare_queue(self.queue, passive=True)
        except ChannelNotFoundEntity:
            return False
        await channel.close()
        return True
