"""The bare callable on our own protocol class: how much of our speed is in the callable, how much around it."""

from tests.bench.peers.bare import build
from tests.bench.peers.nexus import PROTOCOL

__all__ = ["PROTOCOL", "build"]
