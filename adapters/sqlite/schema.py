"""Bringing the declared tables about in a file, and rebuilding those whose declaration has changed since."""

import sqlite3
from collections.abc import Iterable

import orjson

from adapters.sqlite import counters, journal
from adapters.sqlite.changes import Changes
from adapters.sqlite.rows import stored
from adapters.sqlite.tables import Table, quoted

# Raise it when rows hold something else under the same declaration: every collection is then rebuilt once.
LAYOUT = 1

OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS collections (name PRIMARY KEY, declaration) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS pulse (id INTEGER PRIMARY KEY, at)",
    counters.TABLE,
    *journal.TABLES,
)


def bring_about(connection: sqlite3.Connection, tables: Iterable[Table], now: int) -> None:
    """Make the file hold the declared tables, all or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in OWN_TABLES:
            connection.execute(statement)
        journal.begin(connection)
        for table in tables:
            bring_about_table(connection, table, now)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def bring_about_table(connection: sqlite3.Connection, table: Table, now: int) -> None:
    """Create a collection's tables, or rebuild them around their documents, unless they are as declared."""
    name = table.collection.name
    wanted = declaration(table)
    found = connection.execute("SELECT declaration FROM collections WHERE name = ?", (name,)).fetchone()
    if found == (wanted,):
        return
    if found is None:
        create(connection, table)
    else:
        rebuild(connection, table, now)
    connection.execute("INSERT OR REPLACE INTO collections VALUES (?, ?)", (name, wanted))


def declaration(table: Table) -> str:
    """Everything that the shape of a collection's tables follows from, as one text."""
    return orjson.dumps([LAYOUT, table.statements(), table.collection.counters]).decode()


def create(connection: sqlite3.Connection, table: Table) -> None:
    """Create a collection's tables."""
    for statement in table.statements():
        connection.execute(statement)


def rebuild(connection: sqlite3.Connection, table: Table, now: int) -> None:
    """Create a collection's tables anew and insert every document again."""
    old = quoted(f"old:{table.collection.name}")
    connection.execute(f"ALTER TABLE {table.name} RENAME TO {old}")
    drop_derived(connection, table)
    create(connection, table)
    changes = Changes(connection, {table.collection.name: table}, now)
    for tenant, text in connection.execute(f"SELECT tenant, doc FROM {old} ORDER BY key"):
        changes.insert(table, stored(table, tenant, text))
    changes.finish()
    connection.execute(f"DROP TABLE {old}")


def drop_derived(connection: sqlite3.Connection, table: Table) -> None:
    """Drop what was made from the documents: their indexes, labels and numbers."""
    master = connection.execute("SELECT type, name, tbl_name FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    for kind, name, of in master:
        if kind == "index" and of == f"old:{table.collection.name}":
            connection.execute(f"DROP INDEX {quoted(name)}")
        if kind == "table" and name.startswith(f"labels:{table.collection.name}:"):
            connection.execute(f"DROP TABLE {quoted(name)}")
    counters.forget(connection, table)
