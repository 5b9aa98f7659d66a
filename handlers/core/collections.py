"""Every collection of the store with its indexes, in one place."""

from handlers.core.ports import Collection, Listing, Measures

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
    due="due_at",
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
SESSIONS = Collection(
    "sessions",
    listings=(Listing(order="created_at", always=("home",)),),
    counters=(("home",),),
    expires="expires_at",
)
REFRESHES = Collection("refreshes", expires="expires_at")
LOGIN_FAILURES = Collection("login_failures", expires="expires_at")
TENANTS = Collection("tenants", listings=(Listing(order="created_at"),), due="due_at")
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

# What is due without being about a record that could say so itself.
APPOINTMENTS = Collection("appointments", due="due_at")

# Who is told of events, what is told them, and whose turn it is to be sent to.
WEBHOOKS = Collection(
    "webhooks",
    listings=(Listing(order="created_at", always=("within",), filters=("state",)), Listing(order="created_at")),
    unique=(("idempotency_key",),),
    counters=(("within",),),
)
DELIVERIES = Collection(
    "deliveries",
    listings=(
        Listing(order="created_at", always=("target",), filters=("status", "type")),
        Listing(order="next_attempt_at", always=("target",)),
    ),
    counters=(("target", "status"),),
    expires="expires_at",
)
LANES = Collection("lanes", due="due_at")

# A page of agents is along the first listing; who picks one for some work looks for the least load along the second,
# and along the third are those of one node.
AGENTS = Collection(
    "agents",
    listings=(
        Listing(order="created_at", always=("status",), filters=("type",), labels="labels"),
        Listing(order="load_percent", always=("status",), labels="labels"),
        Listing(order="created_at", always=("node", "status")),
    ),
    unique=(("idempotency_key",),),
    counters=(("status",), ("node", "status")),
    due="due_at",
)

# Where agents run that are handed over to others. One that has moved is due until its agents have followed.
NODES = Collection(
    "nodes",
    listings=(Listing(order="name", filters=("status",)),),
    unique=(("idempotency_key",), ("name",)),
    due="due_at",
)

# Which agents were found for what was asked.
NEGOTIATIONS = Collection(
    "negotiations", listings=(Listing(order="created_at"),), unique=(("idempotency_key",),), expires="expires_at"
)

# How far the log of events was read, by those who make something of every event.
CONSUMERS = Collection("consumers", due="due_at")

# Work that waits for an agent stands in a queue, the most urgent and then the oldest first.
COMMANDS = Collection(
    "commands",
    listings=(
        Listing(order="created_at", always=("status",), filters=("target", "type", "category"), labels="labels"),
        Listing(order="place", always=("queue",), filters=("type",)),
    ),
    unique=(("idempotency_key",),),
    counters=(("status",), ("status", "target")),
    due="due_at",
)
COMMAND_TYPES = Collection(
    "command_types", listings=(Listing(order="name", filters=("category",)),), unique=(("idempotency_key",),)
)
# What was taken by requests that may be repeated.
TAKINGS = Collection("takings", expires="expires_at")
# What devices have measured and said, and what programs have told; and of each device what is known of it. A retried
# item has the identifier of the first, so that no key needs an index. What is looked for in them besides, by tags or
# text, is looked for document by document: an index entry more would cost every frame.
FRAMES = Collection(
    "frames",
    listings=(Listing(order="at", filters=("device",)),),
    expires="expires_at",
    measures=Measures(numbers="numbers", others="others", labels="labels"),
)
# What frames have become, of one device in one span of time, five minutes or an hour; the hours of devices of which the
# rollups do not, or no more, say what their frames do; and from when on all such hours of a tenant are known.
ROLLUPS = Collection(
    "rollups",
    listings=(Listing(order="at", always=("span",), filters=("device",)),),
    expires="expires_at",
    measures=Measures(numbers="numbers", others="others", labels="labels", summed=True),
)
UNROLLED = Collection("unrolled", listings=(Listing(order="at", filters=("device",)),), due="due_at")
ROLLUP_STARTS = Collection("rollup_starts", listings=(Listing(order="since"),))
LOG_LINES = Collection("log_lines", listings=(Listing(order="at", filters=("device", "level")),), expires="expires_at")
REPORTS = Collection("reports", listings=(Listing(order="at", filters=("type", "source")),), expires="expires_at")
DEVICES = Collection("devices", listings=(Listing(order="name"),), expires="expires_at")

# What raises alerts, and the alerts. A rule that has changed is due until its alerts have followed. An alert is there
# before it fires, while its condition has not held for long enough or a device is listened for, and holds the key of
# its rule and device until another may be raised; only one that has fired has a `fired_at`, and only one that is kept
# open has the other two moments.
ALERT_RULES = Collection(
    "alert_rules",
    listings=(Listing(order="created_at", always=("state",), filters=("metric",)),),
    unique=(("idempotency_key",),),
    counters=(("state",),),
    due="due_at",
)
ALERTS = Collection(
    "alerts",
    listings=(
        Listing(order="fired_at", filters=("status",), labels="marks"),
        Listing(order="opened_at"),
        Listing(order="kept_since", filters=("rule",)),
    ),
    unique=(("open_key",),),
    expires="expires_at",
    due="due_at",
)

# How the processes of the installation fare, each of which says so now and then.
VITALS = Collection("vitals", listings=(Listing(order="started_at"),), expires="expires_at")

ALL = (
    TASKS,
    USERS,
    API_KEYS,
    SESSIONS,
    REFRESHES,
    LOGIN_FAILURES,
    TENANTS,
    MEMBERS,
    AUDIT,
    COUNTERS,
    SEATS,
    APPOINTMENTS,
    WEBHOOKS,
    DELIVERIES,
    LANES,
    AGENTS,
    NODES,
    NEGOTIATIONS,
    CONSUMERS,
    COMMANDS,
    COMMAND_TYPES,
    TAKINGS,
    FRAMES,
    ROLLUPS,
    UNROLLED,
    ROLLUP_STARTS,
    LOG_LINES,
    REPORTS,
    DEVICES,
    ALERT_RULES,
    ALERTS,
    VITALS,
)
