# Generated from specs/ by `make generate`. Do not edit.
"""Which contract this is the client of."""

VERSION = '0.1.0'
