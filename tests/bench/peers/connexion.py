"""Stock Connexion: the same contract lowered to OpenAPI 3.0, with its own routing, security and validation."""

from typing import Any

from connexion import AsyncApp
from connexion.resolver import Resolver

from tests.bench import contract
from tests.bench.peers.edge import Edge

_CACHED = {contract.API_KEY: {"sub": "usr_bench", "scope": ["task:read", "task:write"]}}
_TAG = {"etag": contract.ENTITY_TAG}
_PLACE_LENGTH = len(contract.CREATE.format(resource=contract.RESOURCES[0]))
_USED = (
    "V2TaskCreate",
    "V2TaskType",
    "Priority",
    "Identifier",
    "JsonObject",
    "Schedule",
    "RetryPolicy",
    "Tags",
    "Label",
)
_UNKNOWN_TO_30 = {"$schema", "if", "then", "propertyNames", "examples", "const"}


async def bearer(token: str) -> dict[str, Any] | None:
    """Who holds the token."""
    return _CACHED.get(token)


async def create_task(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Answer with the task as it was sent."""
    return {**body, **contract.RECORD}, 201, {**_TAG, "location": f"/v2/r00/tasks/{contract.TASK_ID}"}


async def get_task(task_id: str, include: str | None = None, history: int = 50) -> Any:
    """Answer with the one task that there is."""
    return contract.STORED, 200, _TAG


def build() -> Edge:
    """The application."""
    app = AsyncApp(__name__)
    app.add_api(lowered(contract.document()), resolver=Resolver(_handler_of), strict_validation=True)
    return Edge(app, lambda scope: scope["path"][:_PLACE_LENGTH])


def lowered(document: dict[str, Any]) -> dict[str, Any]:
    """The contract in the words of OpenAPI 3.0, as far as they reach."""
    components = document["components"]
    bearer_scheme = {"type": "http", "scheme": "bearer", "x-bearerInfoFunc": f"{__name__}.bearer"}
    return {
        "openapi": "3.0.3",
        "info": {"title": "bench", "version": "1"},
        "paths": {path: _item(item) for path, item in document["paths"].items()},
        "components": {
            "schemas": {name: _schema(components["schemas"][name]) for name in _USED},
            "securitySchemes": {"bearer": bearer_scheme},
        },
    }


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {method: _operation(operation) for method, operation in item.items()}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    kept = {name: operation[name] for name in ("operationId", "security", "requestBody") if name in operation}
    parameters = [_parameter(parameter) for parameter in operation["parameters"]]
    status = next(iter(operation["responses"]))
    return _schema({**kept, "parameters": parameters, "responses": {status: {"description": ""}}})


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    name = parameter.get("$ref", "").rpartition("/")[2]
    return contract.document()["components"]["parameters"][name] if name else parameter


def _schema(node: Any) -> Any:
    if isinstance(node, list):
        return [_schema(value) for value in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _schema(value) for name, value in node.items() if name not in _UNKNOWN_TO_30}
    if isinstance(node.get("const"), str):
        kept["enum"] = [node["const"]]
    return {"anyOf": [_condition(node)]} if "if" in node else kept


def _condition(node: dict[str, Any]) -> dict[str, Any]:
    """`if` and `then`, said without them."""
    return {"anyOf": [{"not": _schema(node["if"])}, {"required": node["then"]["required"]}]}


def _handler_of(operation_id: str) -> Any:
    return create_task if operation_id.endswith("create_task") else get_task
