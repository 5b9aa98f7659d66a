"""What is done has a word, and so has what somebody was kept from doing."""

import re

import pytest

from generated.operations import OPERATIONS
from handlers.core.audit_words import as_it_ended, event_type_of, outcome_of

_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")


@pytest.mark.parametrize(
    ("operation", "method", "word"),
    [
        ("v2.keys.create_key", "POST", "key_created"),
        ("lexos.users.create_user", "POST", "user_created"),
        ("mesh.auth.register", "POST", "user_created"),
        ("mesh.keys.revoke_key", "DELETE", "key_revoked"),
        ("v1.commands.cancel_command", "POST", "command_cancelled"),
        ("v2.tasks.update_task", "PATCH", "task_updated"),
        ("ggi.agents.deregister_agent", "DELETE", "agent_deregistered"),
        ("lexos.tasks.submit_task", "POST", "task_created"),
        ("ggi.telemetry.submit_metrics", "POST", "metrics_submitted"),
        ("x.y.apply", "POST", "applied"),
        ("x.y.play_it", "POST", "it_played"),
        ("lexos.auth.login", "POST", "login"),
        ("mesh.auth.log_in", "POST", "login"),
        ("ggi.auth.log_in_with_google", "POST", "login"),
        ("v1.auth.create_token", "POST", "login"),
        ("ggi.auth.revoke_session", "POST", "logout"),
        ("v2.tasks.get_task", "GET", "read"),
        ("v2.tasks.list_tasks", "HEAD", "read"),
    ],
)
def test_an_operation_is_called_by_its_name(operation: str, method: str, word: str) -> None:
    """The verb follows its noun, in the past; coming and going have words of their own; all looking is reading."""
    assert event_type_of(operation, method) == word


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_every_operation_has_a_word_that_the_contract_admits(operation: object) -> None:
    """Whatever is added to the contract can be listed."""
    assert _WORD.fullmatch(event_type_of(operation.operation_id, operation.method.upper()))


@pytest.mark.parametrize(
    ("word", "status", "ended", "outcome"),
    [
        ("task_created", 201, "task_created", "success"),
        ("read", 304, "read", "success"),
        ("task_created", 401, "access_denied", "denied"),
        ("read", 403, "access_denied", "denied"),
        ("login", 401, "login_failed", "denied"),
        ("login", 429, "login_failed", "denied"),
        ("login", 403, "access_denied", "denied"),
        ("read", 429, "read", "denied"),
        ("task_deleted", 404, "task_deleted", "failed"),
        ("task_deleted", 503, "task_deleted", "failed"),
    ],
)
def test_what_came_of_it(word: str, status: int, ended: str, outcome: str) -> None:
    """What was denied is a denial, a login that failed is one of its own, the rest is what it would have been."""
    assert (as_it_ended(word, status), outcome_of(status)) == (ended, outcome)
