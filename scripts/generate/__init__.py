"""Writes `generated/` from `specs/` alone: the same bytes on every machine, whenever it runs."""
