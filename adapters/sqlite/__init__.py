"""The embedded document store, on the standard library's SQLite."""
