"""The work behind `make`: generation, gates and tools. Nothing here runs in the server."""
