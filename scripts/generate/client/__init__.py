"""The Python client: what is written by hand is copied, the rest is made from the v2 contract."""
