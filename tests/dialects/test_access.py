"""Nobody reaches what they may not: every operation of the contract, asked by the wrong people.

What to ask is made from the contract: a new operation is among these the moment it is written down.
"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from adapters.http.contract import Contract
from tests.links import every_link
from tests.serving import Connect, Running
from tests.walking import Asked, contract, every_request

GUARDED = [asked for asked in every_request() if asked.scopes is not None]
SCOPED = [asked for asked in GUARDED if asked.scopes]


def send(client: httpx.Client, asked: Asked) -> httpx.Response:
    """Ask, and read no stream."""
    request = client.build_request(
        asked.method, asked.path, params=asked.query, headers=asked.headers, content=asked.content
    )
    answer = client.send(request, stream=True)
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        answer.read()
    answer.close()
    return answer


def by_status(client: httpx.Client, requests: list[Asked]) -> dict[int, list[str]]:
    """The operations that answer each status."""
    found: dict[int, list[str]] = {}
    for asked in requests:
        found.setdefault(send(client, asked).status_code, []).append(asked.operation)
    return found


def test_nobody_is_let_in_without_credentials(stranger: httpx.Client) -> None:
    """Every guarded operation answers 401 to a caller who says nothing."""
    assert len(GUARDED) > 20
    assert set(by_status(stranger, GUARDED)) == {401}


def test_nobody_is_let_in_with_false_credentials(shared_server: Running, connect: Connect) -> None:
    """Every guarded operation answers 401 to a key that we never gave."""
    assert set(by_status(connect(shared_server, "nexus_sk_live_000000000000_" + "x" * 32), GUARDED)) == {401}


def test_nobody_does_what_their_role_does_not_allow(client_as: Callable[[str], httpx.Client]) -> None:
    """Every operation that takes a scope answers 403 to a known caller who has none."""
    assert set(by_status(client_as("nobody"), SCOPED)) == {403}


@pytest.fixture
def person(shared_server: Running, connect: Connect, tenant: str) -> httpx.Client:
    """An administrator of the test's tenant, who has logged in: some operations take no key."""
    return connect(shared_server, shared_server.session_for("admin", tenant))


def created(client: httpx.Client) -> Iterator[tuple[Asked, httpx.Response]]:
    """Everything that the contract's examples create, by operations that need nothing else to be there."""
    for asked in every_request():
        is_creation = asked.method == "POST" and "201" in asked.declared["responses"] and asked.scopes is not None
        if is_creation and not asked.is_unfinished and "{" not in asked.template:
            answer = send(client, asked)
            assert answer.status_code in (201, 409), (asked.operation, answer.text)
            if answer.status_code == 201:
                yield asked, answer


def test_no_tenant_reaches_what_is_anothers(person: httpx.Client, connect: Connect, shared_server: Running) -> None:
    """What one tenant has created is not found, changed or removed by another, whichever operation it tries."""
    other = connect(shared_server, shared_server.session_for("admin", "t_other"))
    tried = [
        (asked.operation, use.operation, send(other, use).status_code, send(person, use).status_code)
        for asked, answer in list(created(person))
        for link in sorted(every_link(), key=lambda link: link.user.method == "DELETE")
        if link.maker is asked
        for use in [link.follow(answer.json())]
    ]
    assert len(tried) >= 8
    assert [entry for entry in tried if entry[2] not in (403, 404)] == []
    assert [entry for entry in tried if entry[3] in (401, 403, 404)] == []


def test_no_list_shows_what_is_anothers(person: httpx.Client, connect: Connect, shared_server: Running) -> None:
    """No list of one tenant holds anything that another has created."""
    other = connect(shared_server, shared_server.session_for("admin", "t_lonely"))
    names = {
        str(value)
        for _, answer in list(created(person))
        for key, value in answer.json().items()
        if key.endswith("_id") and len(value) > 6
    }
    lists = [asked for asked in GUARDED if asked.method == "GET" and "{" not in asked.template]
    shown = [
        (asked.operation, name) for asked in lists for text in [_text(other, asked)] for name in names if name in text
    ]
    assert len(names) > 2
    assert shown == []


def _text(client: httpx.Client, asked: Asked) -> str:
    answer = send(client, asked)
    return "" if answer.headers.get("content-type", "").startswith("text/event-stream") else answer.text


def test_the_walk_covers_the_contract() -> None:
    """Every operation of the contract has a request, and each of its required parameters a value."""
    assert {asked.operation for asked in every_request()} == set(Contract(contract().document).paths_by_operation)
    assert [asked.operation for asked in every_request() if "{" in asked.path] == []
