"""What others may do on the broker is what the event contract says."""

from dataclasses import replace

import pytest

from adapters.rabbit.grounds import GROUNDS, grounds_of
from generated.channels import CHANNELS, OPERATIONS
from handlers.core.brokerage import EXCHANGE, QUEUE, READ, WRITE, Door


def test_the_doors_are_the_contracts() -> None:
    """Events are read, results and telemetry written, and an agent's work is read; the rest is the server's alone."""
    assert set(GROUNDS.doors) == {
        Door(EXCHANGE, "nexus.events", READ, "event:read", "{tenant}.{event_type}"),
        Door(EXCHANGE, "nexus.live", READ, "telemetry:read", "{tenant}.{event_type}"),
        Door(EXCHANGE, "nexus.results", WRITE, "work:take", "{tenant}.{agent_id}"),
        Door(EXCHANGE, "nexus.telemetry", WRITE, "telemetry:write", "{tenant}.{source}"),
        Door(QUEUE, "nexus.work.{tenant}.{agent_id}", READ, "work:take"),
    }


def test_names_of_the_server_are_reserved() -> None:
    """No tenant has queues that begin as the server's and RabbitMQ's own do, and there is one virtual host."""
    assert (GROUNDS.vhost, GROUNDS.reserved) == ("/", {"nexus", "amq"})


def test_without_a_scope_there_is_no_door() -> None:
    """What the contract opens to nobody is open to nobody."""
    assert grounds_of(CHANNELS, [replace(operation, scope=None) for operation in OPERATIONS]).doors == ()


def test_two_virtual_hosts_are_one_too_many() -> None:
    """A contract that spreads its queues is not understood by halves."""
    apart = [
        replace(channel, bindings={"amqp": {"exchange": {"name": "x.y", "vhost": "other"}}})
        if channel.key == "amqpDead" else channel for channel in CHANNELS
    ]  # fmt: skip
    with pytest.raises(ValueError, match="too many"):
        grounds_of(apart, OPERATIONS)
