"""Who asks: an API key, and where only people are admitted a session of the first user.

The process that runs Schemathesis is told by the environment.
"""

import os
import re
from base64 import b64encode
from collections.abc import Mapping

from scripts.serving import API_KEY, Served, post, session

# Tenants are managed by people: there an API key is refused.
_FOR_PEOPLE = r"^mesh\.(tenants|keys|members)\."
_SETTINGS = """
[[operations]]
include-operation-id-regex = '{operations}'
headers = {{ Authorization = "{credentials}" }}
"""
_SESSION = "CONFORMANCE_SESSION"
# What RabbitMQ asks is asked with the secret that it shares with the server.
_FOR_THE_BROKER = r"^v2\.broker\."
BROKER_SECRET = "conformance-and-demonstration-only"
_BROKER = "Basic " + b64encode(f"rabbitmq:{BROKER_SECRET}".encode()).decode()


def environment(server: Served) -> dict[str, str]:
    """What the other process is told. Whom the contract's examples invite has registered before."""
    post(server, "/auth/register", {"email": "bob@example.com", "password": "correct horse battery staple"})
    return {"CONFORMANCE_URL": server.url, _SESSION: session(server)}


def settings_for_some(told: Mapping[str, str]) -> str:
    """The part of Schemathesis' settings that says where an API key is not what is needed."""
    return "".join(
        _SETTINGS.format(operations=operations, credentials=credentials)
        for operations, credentials in ((_FOR_PEOPLE, f"Bearer {told[_SESSION]}"), (_FOR_THE_BROKER, _BROKER))
    )


def headers_for(operation: str) -> Mapping[str, str]:
    """The credentials with which an operation is asked."""
    if re.match(_FOR_THE_BROKER, operation):
        return {"Authorization": _BROKER}
    token = os.environ[_SESSION] if re.match(_FOR_PEOPLE, operation) else API_KEY
    return {"Authorization": f"Bearer {token}"}
