"""Places in the event log as clients see them: letters that say nothing to anybody else."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from handlers.core.errors import Unprocessable
from handlers.core.events import cursor_in, is_cursor

_NAME = re.compile(r"evt[-_][0-9A-Za-z]{1,64}\.")


def closed(place: str) -> str:
    """A place as it is told."""
    return urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def opened(cursor: str) -> bytes:
    """The bytes in a cursor; none in one that cannot be read."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return b""


def place_in(cursor: str | None, *, field: str = "cursor", location: str = "query") -> str | None:
    """The place in the event log that a cursor names."""
    if cursor is None:
        return None
    place = opened(cursor).decode("ascii", errors="replace")
    if not is_cursor(place):
        raise Unprocessable("This cursor was not given by the event log", field=field, location=location)
    return place


def beginning(last_event_id: str | None, cursor: str | None) -> str | None:
    """The place behind which a stream begins: what its client has got last goes before what it was told to ask for."""
    if last_event_id is None:
        return place_in(cursor)
    place = cursor_in(last_event_id)
    if place is None or not is_cursor(place) or not _NAME.match(last_event_id):
        message = "This name was not given by an event stream"
        raise Unprocessable(message, field="Last-Event-ID", location="header")
    return place
