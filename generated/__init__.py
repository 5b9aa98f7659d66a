# Generated from specs/ by `make generate`. Do not edit.
"""What is derived from the contract in `specs/`."""
