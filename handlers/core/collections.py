"""Every collection of the store with its indexes, in one place."""

from handlers.core.ports import Collection, Listing

# Records that belong to the installation, not to one tenant, live under this name; no tenant can have it.
# In those, the tenant that a record is about is called `within`: a store keeps `tenant` for itself.
PLATFORM = "platform"
DEFAULT_TENANT = "t_default"

TASKS = Collection(
    "tasks",
    listings=(
        Listing(order="created_at", always=("state",), filters=("assigned_to", "priority", "type"), labels="labels"),
        Listing(order="created_at", always=("created_by",)),
    ),
    unique=(("idempotency_key",),),
    counters=(("state",), ("state", "assigned_to"), ("created_by",)),
)
USERS = Collection(
    "users",
    listings=(Listing(order="created_at", always=("home",), filters=("role", "status")),),
    unique=(("username",), ("email",)),
    counters=(("home",),),
)
API_KEYS = Collection(
    "api_keys",
    listings=(Listing(order="created_at", always=("within",)), Listing(order="created_at", always=("user",))),
    unique=(("idempotency_key",),),
    counters=(("within",),),
    expires="expires_at",
)
SESSIONS = Collection("sessions", expires="expires_at")
REFRESHES = Collection("refreshes", expires="expires_at")
LOGIN_FAILURES = Collection("login_failures", expires="expires_at")
TENANTS = Collection("tenants", listings=(Listing(order="purge_at"),))
MEMBERS = Collection(
    "members",
    listings=(Listing(order="created_at", always=("user",)), Listing(order="created_at", always=("within",))),
)
AUDIT = Collection(
    "audit",
    listings=(Listing(order="created_at", filters=("event_type", "user"), labels="marks"),),
    counters=((), ("event_type",), ("user",), ("event_type", "user")),
    expires="expires_at",
)

# How many requests of a caller are given away in the present window, and the connections that a user has open.
COUNTERS = Collection("counters", expires="until")
SEATS = Collection("seats", expires="until")

ALL = (TASKS, USERS, API_KEYS, SESSIONS, REFRESHES, LOGIN_FAILURES, TENANTS, MEMBERS, AUDIT, COUNTERS, SEATS)
