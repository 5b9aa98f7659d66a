"""What is made of the bytes of a stream of server-sent events, however they come."""

import pytest
from nexus_client.asking import Ask
from nexus_client.streams import Reader

TEXT = "a\u2028b\u2029c\u0085d"
STREAM = f'retry: 10\n\n: a comment\n\nevent: x\nid: 1\ndata: {{"said": "{TEXT}"}}\n\ndata: {{"type": "y"}}\n\n'


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_only_cr_and_lf_end_a_line(line_end: str, size: int) -> None:
    """Whatever else the text holds stays in it, and pieces may end anywhere, between CR and LF too."""
    reader = Reader(Ask("GET", "/v2/events/stream", "text"))
    stream = STREAM.replace("\n", line_end).encode() + b": more comes\n"
    pieces = [stream[place : place + size] for place in range(0, len(stream), size)]
    told = [event for piece in pieces for event in reader.read(piece)]
    assert [event.to_dict() for event in told] == [{"type": "x", "said": TEXT}, {"type": "y"}]
    assert reader.retry == 0.01
