"""The client of Nexus: its whole v2 contract, in calls and in asynchronous calls, and a kit for writing agents."""

from . import errors, models, params
from .agent import Agent
from .clients import AsyncNexusClient, NexusClient
from .faults import ApiError, ConfigurationError, ConnectionFailed, NexusError, WaitTimeout
from .journal import Happening
from .pages import AsyncPages, Page
from .records import Record
from .signatures import SignatureInvalid, verify_webhook
from .version import VERSION
from .working import Failed, Work

__version__ = VERSION
__all__ = [
    "Agent",
    "ApiError",
    "AsyncNexusClient",
    "AsyncPages",
    "ConfigurationError",
    "ConnectionFailed",
    "Failed",
    "Happening",
    "NexusClient",
    "NexusError",
    "Page",
    "Record",
    "SignatureInvalid",
    "WaitTimeout",
    "Work",
    "errors",
    "models",
    "params",
    "verify_webhook",
]
