"""What is declared on the broker is what the contract says, and nothing else."""

from dataclasses import replace

from adapters.rabbit.topology import TOPOLOGY, Exchange, Queue, live_of, topology_of, work_of
from generated.channels import CHANNELS, OPERATIONS


def test_the_event_log_is_declared_as_the_contract_says() -> None:
    """A stream of seven days, bound to everything on the topic exchange of the events."""
    assert Exchange("nexus.events", "topic", True, False, {}) in TOPOLOGY.exchanges
    arguments = {
        "x-queue-type": "stream",
        "x-max-age": "7D",
        "x-max-length-bytes": 5_000_000_000,
        "x-stream-max-segment-size-bytes": 100_000_000,
    }
    assert TOPOLOGY.log == Queue("nexus.events.log", True, False, False, arguments, (("nexus.events", "#"),))
    assert TOPOLOGY.events == "nexus.events"


def test_only_what_is_done_is_declared() -> None:
    """A queue that nobody reads yet would fill up."""
    undone = [replace(operation, unfinished=operation.key.startswith("events.work.")) for operation in OPERATIONS]
    less = topology_of(CHANNELS, undone)
    assert {queue.name for queue in less.queues} == {"nexus.events.log", "nexus.telemetry", "nexus.dead"}
    assert "nexus.results" not in {exchange.name for exchange in less.exchanges}
    whole = TOPOLOGY
    assert {queue.name for queue in whole.queues} == {
        "nexus.events.log",
        "nexus.results",
        "nexus.telemetry",
        "nexus.dead",
    }
    assert {exchange.name for exchange in whole.exchanges} == {
        "nexus.events", "nexus.results", "nexus.telemetry", "nexus.dead", "nexus.live",
    }  # fmt: skip
    results = next(queue for queue in whole.queues if queue.name == "nexus.results")
    assert results.arguments["x-dead-letter-exchange"] == "nexus.dead"
    assert results.arguments["x-delivery-limit"] == 5


def test_each_server_has_a_queue_for_what_passes() -> None:
    """It ends with the server, keeps little, and gets all that servers tell each other."""
    exchange, queue = live_of(CHANNELS, "other.")
    assert exchange == Exchange("other.nexus.live", "topic", False, False, {})
    assert (queue.name, queue.exclusive, queue.auto_delete) == ("other.nexus.live.{server}", True, True)
    assert queue.bindings == (("other.nexus.live", "#"),) and queue.arguments["x-message-ttl"] == 10_000


def test_each_agent_has_a_queue() -> None:
    """What is in it and not taken in time vanishes; one that nobody has used for thirty days is dropped."""
    queue = work_of(CHANNELS, "other.")
    assert (queue.name, queue.durable) == ("other.nexus.work.{tenant}.{agent_id}", True)
    assert (queue.arguments["x-max-priority"], queue.arguments["x-expires"]) == (3, 30 * 24 * 3600 * 1000)
    assert "x-dead-letter-exchange" not in queue.arguments


def test_a_prefix_keeps_names_apart() -> None:
    """Everything has it, what is named in a binding too."""
    apart = topology_of(CHANNELS, OPERATIONS, "other.")
    assert (apart.events, apart.log.name) == ("other.nexus.events", "other.nexus.events.log")
    assert apart.log.bindings == (("other.nexus.events", "#"),)
