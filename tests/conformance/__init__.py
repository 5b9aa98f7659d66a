"""`make conformance`: the running server, proved against the contract by Schemathesis."""
