"""The measured servers: each does the same work over the same contract, in its own process."""
