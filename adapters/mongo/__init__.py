"""The document store for production, on MongoDB."""
