"""What Nexus costs, beside other frameworks and a bare callable, in one interleaved run."""
