"""The collections that the stores are measured with, and documents as they come in real life."""

from random import Random

from handlers.core.ports import Collection, Document, Listing, Query

TASKS = Collection(
    name="tasks",
    listings=(Listing(order="created_at", filters=("status", "assigned_to", "priority"), labels="labels"),),
    unique=(("idempotency_key",),),
    counters=((), ("status",)),
)
TELEMETRY = Collection(name="telemetry", listings=(Listing(order="at", filters=("agent_id",)),))

TENANT = "tenant_default"
RARE = "agent_rare"
RARE_MATCHES = 200
START = 1_760_000_000_000


def task(number: int, random: Random) -> Document:
    """A task of 350 to 500 bytes, with one or two labels."""
    return {
        "id": f"task_{number:016x}",
        "created_at": START + number,
        "status": random.choice(("pending", "running", "completed", "failed")),
        "assigned_to": f"agent_{random.randrange(100):04}",
        "priority": random.choice(("low", "normal", "high")),
        "labels": ["production", f"team-{random.randrange(20)}"][: random.randint(1, 2)],
        "idempotency_key": f"idem-{number:024x}",
        "title": f"Inspect pump {number}",
        "parameters": {"site": "north", "note": "x" * random.randrange(80, 180)},
        "updated_at": START + number,
        "version": 1,
    }


def tasks(amount: int) -> list[Document]:
    """Tasks, of which the same number belongs to one agent however many there are."""
    random = Random(amount)
    made = [task(number, random) for number in range(amount)]
    for number in range(0, amount, max(1, amount // RARE_MATCHES)):
        made[number]["assigned_to"] = RARE
    return made


def reading(number: int) -> Document:
    """A telemetry message."""
    return {
        "id": f"tel_{number:016x}",
        "at": START + number,
        "agent_id": f"agent_{number % 50:04}",
        "metrics": {"cpu": 0.25, "memory": 0.5, "temperature": 21.5 + number % 10},
        "position": {"lat": 52.52, "lon": 13.405},
    }


def listed(labels: tuple[str, ...] = (), **where: str | tuple[str, ...]) -> Query:
    """A query over the tasks."""
    return Query(TASKS, TENANT, "created_at", where, labels)
