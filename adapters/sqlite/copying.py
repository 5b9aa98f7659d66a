"""The thread that copies the write-ahead log into the database file, beside the one that writes.

A commit that finds the log long copies it itself, and all who wait for that commit wait for the copy, too. Little is
left for it when this thread has copied nearly all.
"""

import sqlite3
import threading

from adapters.sqlite.file import DatabaseFile, Session
from handlers.core.errors import Unavailable

_WORTH = 200  # documents: fewer are not worth the disk's time
_PAUSE_SECONDS = 0.1


class Copying:
    """Copies soon after something was written, unless that was little."""

    def __init__(self, file: DatabaseFile) -> None:
        self._session = Session(file, busy_ms=0)
        self._written = 0
        self._is_due = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sqlite-copier", daemon=True)

    def start(self) -> None:
        """Begin to copy."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the file; closing it copies what is left."""
        self._ends.set()
        self._is_due.set()
        self._thread.join()

    def note(self, documents: int) -> None:
        """Know that so many documents were committed; called by the one thread that writes."""
        self._written += documents
        if self._written >= _WORTH:
            self._written = 0
            self._is_due.set()

    def _run(self) -> None:
        while self._is_due.wait() and not self._ends.is_set():
            self._is_due.clear()
            self._copy()
            self._ends.wait(_PAUSE_SECONDS)
        self._session.discard()

    def _copy(self) -> None:
        """Copy what nobody is in the way of. What cannot be copied now stays in the log, where it is safe."""
        try:
            self._session.writing().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except (sqlite3.Error, Unavailable):
            self._session.discard()
