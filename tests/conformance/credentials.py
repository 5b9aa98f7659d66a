"""Who asks: an API key, and where only people are admitted a session of the first user.

The process that runs Schemathesis is told by the environment.
"""

import os
import re
from collections.abc import Mapping

from scripts.serving import API_KEY, Served, post, session

# Tenants are managed by people: there an API key is refused.
_FOR_PEOPLE = r"^mesh\.(tenants|keys|members)\."
_SETTINGS = """
[[operations]]
include-operation-id-regex = '{operations}'
headers = {{ Authorization = "Bearer {token}" }}
"""
_SESSION = "CONFORMANCE_SESSION"


def environment(server: Served) -> dict[str, str]:
    """What the other process is told. Whom the contract's examples invite has registered before."""
    post(server, "/auth/register", {"email": "bob@example.com", "password": "correct horse battery staple"})
    return {"CONFORMANCE_URL": server.url, _SESSION: session(server)}


def settings_for_people(told: Mapping[str, str]) -> str:
    """The part of Schemathesis' settings that says where a session is needed."""
    return _SETTINGS.format(operations=_FOR_PEOPLE, token=told[_SESSION])


def headers_for(operation: str) -> Mapping[str, str]:
    """The credentials with which an operation is asked."""
    token = os.environ[_SESSION] if re.match(_FOR_PEOPLE, operation) else API_KEY
    return {"Authorization": f"Bearer {token}"}
