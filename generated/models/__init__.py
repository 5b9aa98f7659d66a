# Generated from specs/ by `make generate`. Do not edit.
"""A model of every schema of the contract, one module per dialect."""
