"""What is promised and not done yet says so, in the words of its dialect, and what is done never does."""

import httpx

from tests.walking import Asked, every_request

UNFINISHED = [asked for asked in every_request() if asked.is_unfinished]


def _send(client: httpx.Client, asked: Asked) -> httpx.Response:
    return client.request(asked.method, asked.path, params=asked.query, headers=asked.headers, content=asked.content)


def test_what_is_not_done_yet_answers_501(client: httpx.Client) -> None:
    """Every listed operation takes its printed request and says that it is not done yet."""
    answers = {asked.operation: _send(client, asked).status_code for asked in UNFINISHED}
    assert {name: status for name, status in answers.items() if status != 501} == {}


def test_what_is_done_never_says_otherwise(client: httpx.Client) -> None:
    """No operation that is not listed answers 501."""
    done = [asked for asked in every_request() if not asked.is_unfinished and not _streams(asked)]
    assert len(done) > 20
    assert [asked.operation for asked in done if _send(client, asked).status_code == 501] == []


def _streams(asked: Asked) -> bool:
    return "text/event-stream" in str(asked.declared["responses"].get("200", ""))
