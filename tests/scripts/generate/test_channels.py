"""What the tables of the events say beyond what the contract's authors write."""

from scripts.generate.channels import mark_topics


def test_topics_that_are_not_done_are_marked() -> None:
    """Those that are listed, and only in the channel that is named; what was written is left as it is."""
    written = {"types": ["made"]}
    document = {"channels": {key: {"x-topics": {"one.two": written, "two": written}} for key in ("socket", "other")}}
    mark_topics(document, {"socket.one.two", "nothing.two"})
    marked = {**written, "x-unfinished": True}
    assert document["channels"]["socket"]["x-topics"] == {"one.two": marked, "two": written}
    assert document["channels"]["other"]["x-topics"] == {"one.two": written, "two": written}
    assert written == {"types": ["made"]}
