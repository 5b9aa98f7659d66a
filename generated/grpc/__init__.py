# Generated from specs/ by `make generate`. Do not edit.
"""The stubs of the gRPC contract."""
