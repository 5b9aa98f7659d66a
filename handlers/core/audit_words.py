"""What things that are done are called in the audit log, and what came of them. One table, whatever did them.

The words are LexOS' (`login`, `login_failed`, `access_denied`, `task_execution`, `user_created`); an operation is
called by its name in the contract: `create_key` is `key_created`. Whoever adds an operation whose verb is not regular
adds it here.
"""

READ, LOGIN, LOGIN_FAILED, LOGOUT, DENIED, BLOCKED, EXECUTION = (
    "read", "login", "login_failed", "logout", "access_denied", "content_blocked", "task_execution",
)  # fmt: skip
SUCCESS, REFUSED, FAILED = "success", "denied", "failed"

_NAMED = {
    "login": LOGIN,
    "log_in": LOGIN,
    "log_in_with_google": LOGIN,
    "create_token": LOGIN,
    "log_out": LOGOUT,
    "logout": LOGOUT,
    "revoke_session": LOGOUT,
    "revoke_token": LOGOUT,
    "check_user": READ,
    "check_vhost": LOGIN,
    "check_resource": READ,
    "check_topic": READ,
    "register": "user_created",
    "submit_task": "task_created",
    "subscribe": READ,
    "unsubscribe": READ,
    "resume": READ,
    "resume_monitoring": READ,
    "ready_for_work": "leases_awaited",
    "events.work.accept": "lease_accepted",
    "events.work.renew": "lease_renewed",
    "events.work.release": "lease_released",
    "events.work.submit_result": "lease_completed",
    "events.work.report_failure": "lease_failed",
}
_IRREGULAR = {
    "begin": "begun",
    "cancel": "cancelled",
    "put": "put",
    "run": "run",
    "send": "sent",
    "set": "set",
    "stop": "stopped",
    "submit": "submitted",
    "take": "taken",
    "write": "written",
}
_REFUSALS = (401, 403, 429)


def event_type_of(operation: str, method: str) -> str:
    """The word for an operation of the contract: what it is called when it is done."""
    name = operation.rpartition(".")[2]
    if (named := _NAMED.get(operation) or _NAMED.get(name)) is not None:
        return named
    if method in ("GET", "HEAD"):
        return READ
    verb, _, noun = name.partition("_")
    return f"{noun}_{_past(verb)}" if noun else _past(verb)


def as_it_ended(event_type: str, status: int) -> str:
    """The word for what was done, or for what somebody was kept from doing."""
    if status not in _REFUSALS:
        return event_type
    if event_type == LOGIN and status != 403:
        return LOGIN_FAILED
    return event_type if status == 429 else DENIED


def outcome_of(status: int) -> str:
    """What came of it."""
    if status < 400:
        return SUCCESS
    return REFUSED if status in _REFUSALS else FAILED


def _past(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if verb.endswith("y") and verb[-2:-1] not in "aeiou" else f"{verb}ed"
