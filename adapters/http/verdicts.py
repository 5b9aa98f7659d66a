"""What a schema says of a value, as a refusal."""

import jsonschema_rs

from handlers.core.errors import InvalidRequest


def invalid_body(error: jsonschema_rs.ValidationError, what: str = "body") -> InvalidRequest:
    """A schema's verdict as a refusal that names the place of the mistake."""
    path = [str(part) for part in error.instance_path]
    missing = getattr(error.kind, "property", None)
    if missing is not None and error.schema_path and error.schema_path[-1] == "required":
        path.append(str(missing))
        return InvalidRequest(f"Missing required parameter: {'.'.join(path)}", field=".".join(path), location=what)
    message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
    return InvalidRequest(f"Invalid {what}: {message}", field=".".join(path) or None, location=what)
