"""Events as messages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rabbit.messages import MalformedMessage, Numbered, message_of, numbered_of, routing_key
from handlers.core.ports import Event

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(_TEXTS, _TEXTS, st.integers(0, 4_000_000_000_000), st.dictionaries(st.text(), _JSON), st.integers(1, 2**60))
def test_what_is_read_is_what_was_written(tenant: str, subject: str, at: int, data: dict[str, Any], sequence: int):
    """Any event survives the way to the broker and back, with its number."""
    numbered = Numbered(Event("evt_1", "task.created", tenant, subject, at, data), "publisher", sequence)
    assert numbered_of(message_of(numbered)) == numbered


@given(_TEXTS)
def test_a_tenant_is_one_word_of_a_key(tenant: str):
    """Whatever its name, a tenant's keys have no word more, and no wildcard."""
    key = routing_key(Event("evt_1", "created", tenant, "", 0, {}))
    assert len(key) <= 255
    assert key.count(".") <= 1
    assert not set("*#") & set(key)


@pytest.mark.parametrize("headers", [{}, {"nexus-publisher": "p"}, {"nexus-publisher": 1, "nexus-sequence": "1"}])
def test_a_message_without_a_number_is_malformed(headers: dict[str, Any]):
    """Nobody but a server of ours numbers its messages."""
    message = message_of(Numbered(Event("evt_1", "created", "acme", "", 0, {}), "p", 1))
    message.headers = headers
    with pytest.raises(MalformedMessage):
        numbered_of(message)
