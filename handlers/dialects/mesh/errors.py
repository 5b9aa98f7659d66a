"""How `mesh` says no."""

from generated.models import mesh
from handlers.core.errors import Failure


def render(failure: Failure) -> mesh.Error:
    """A failure as this dialect prints it: a sentence."""
    return mesh.Error(error=failure.message)
