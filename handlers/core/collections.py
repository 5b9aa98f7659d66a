"""Every collection of the store with its indexes, in one place."""

from handlers.core.ports import Collection, Listing

# Records that belong to the installation, not to one tenant, live under this name; no tenant can have it.
PLATFORM = "platform"
DEFAULT_TENANT = "t_default"

TASKS = Collection(
    "tasks",
    listings=(
        Listing(order="created_at", always=("state",), filters=("assigned_to", "priority", "type"), labels="labels"),
    ),
    unique=(("idempotency_key",),),
    counters=(("state",), ("state", "assigned_to")),
)
USERS = Collection("users", unique=(("username",),))
API_KEYS = Collection("api_keys")
SESSIONS = Collection("sessions", expires="expires_at")
# How many requests of a caller are given away in the present window, and the connections that a user has open.
COUNTERS = Collection("counters", expires="until")
SEATS = Collection("seats", expires="until")

ALL = (TASKS, USERS, API_KEYS, SESSIONS, COUNTERS, SEATS)
