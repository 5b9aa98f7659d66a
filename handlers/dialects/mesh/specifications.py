"""Specifications of agents: what the core takes from one, and one of an agent that was never given any."""

import re
from collections.abc import Mapping
from typing import Any

from handlers.core.presence import DEFAULT_TYPE, Agent

HEAD = {"apiVersion": "astromesh/v1", "kind": "Agent"}
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TAGS = 32


def given_in(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a specification says of an agent that other dialects have words for."""
    metadata, spec = document["metadata"], document["spec"]
    identity = spec.get("identity", {})
    return {
        "id": metadata["name"],
        "name": identity.get("display_name", metadata["name"]),
        "type": DEFAULT_TYPE,
        "description": identity.get("description", metadata.get("description")),
        "release": metadata.get("version"),
        "model": _model_in(spec),
        "capabilities": [{"name": name} for name in spec.get("capabilities", [])],
        "tags": _tags_in(metadata.get("labels", {})),
    }


def parts_of(agent: Agent, specification: Mapping[str, Any] | None) -> dict[str, Any]:
    """The parts of an agent's specification: its own, or what is known of one that has none."""
    if specification is not None:
        return {**HEAD, "metadata": specification["metadata"], "spec": specification["spec"]}
    metadata = {"name": agent.id, "description": agent.description, "labels": agent.tags or None}
    spec: dict[str, Any] = {"identity": {"display_name": agent.name}, "capabilities": agent.names}
    if agent.model is not None and {"name", "provider"} <= agent.model.keys():
        spec["model"] = {"primary": {"provider": agent.model["provider"], "model": agent.model["name"]}}
    known = {name: value for name, value in metadata.items() if value is not None}
    return {**HEAD, "metadata": known, "spec": spec}


def _model_in(spec: Mapping[str, Any]) -> dict[str, str] | None:
    """The model that an agent thinks with first."""
    primary = spec.get("model", {}).get("primary")
    return None if primary is None else {"name": primary["model"], "provider": primary["provider"]}


def _tags_in(labels: Mapping[str, str]) -> dict[str, str]:
    """Those labels that can be tags elsewhere; all of them stand in the specification."""
    fitting = [(name, value) for name, value in labels.items() if _TAG.fullmatch(name)]
    return dict(fitting[:_TAGS])
