"""Whether anything is missing between two events of the same publisher."""

from collections import OrderedDict

_MOST_PUBLISHERS = 1024


class Continuity:
    """Remembers the last number of each publisher, of the most recent ones only.

    What was lost while there was no connection is not counted again: after `interrupted` a publisher's numbers may jump
    once.
    """

    def __init__(self, most: int = _MOST_PUBLISHERS) -> None:
        self._most = most
        self._last: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._connection = 0

    def interrupted(self) -> None:
        """Expect a jump of every publisher known now."""
        self._connection += 1

    def repeats(self, publisher: str, sequence: int) -> bool:
        """Whether this one, or a later one, was here before."""
        known = self._last.get(publisher)
        return known is not None and sequence <= known[0]

    def missed(self, publisher: str, sequence: int) -> int:
        """Remember this one; how many were lost since the one before it."""
        last, connection = self._last.get(publisher, (sequence - 1, self._connection))
        self._last[publisher] = (sequence, self._connection)
        self._last.move_to_end(publisher)
        if len(self._last) > self._most:
            self._last.popitem(last=False)
        return sequence - last - 1 if connection == self._connection else 0
