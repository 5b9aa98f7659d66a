"""How `mesh` says no."""

from generated.models import mesh
from handlers.core.errors import Failure


def render(failure: Failure) -> mesh.Error:
    """A failure as this dialect prints it: a sentence, and the place that it is about if it does not name that."""
    place = failure.details.get("field")
    is_told = not isinstance(place, str) or place in failure.message
    return mesh.Error(error=failure.message if is_told else f"{failure.message} (at {place})")
