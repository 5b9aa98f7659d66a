"""What the server calls back is kept to a number while the contract is proved."""

from tests.conformance.listeners import Listeners

_CALLED_BACK = {"callbacks": {"event": {}}}


def test_the_oldest_listeners_end() -> None:
    """Only what was made and is called back counts, and the first to come is the first to go."""
    ended: list[str] = []
    listeners = Listeners(ended.append)
    for number in range(5):
        listeners.hear(_CALLED_BACK, 201, f"/webhooks/{number}")
    listeners.hear(_CALLED_BACK, 409, None)
    listeners.hear({}, 201, "/tasks/1")
    assert ended == ["/webhooks/0", "/webhooks/1"]


def test_what_is_made_again_is_the_youngest() -> None:
    """One that has been made many times is one, and lives as long as what was made last."""
    ended: list[str] = []
    listeners = Listeners(ended.append)
    for number in (0, 1, 0, 0, 0, 2, 3):
        listeners.hear(_CALLED_BACK, 201, f"/agents/{number}")
    assert ended == ["/agents/1"]
