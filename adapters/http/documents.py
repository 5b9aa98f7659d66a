"""The documents that the server publishes about itself: the contract's bundles, two pages, and what these load."""

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import swagger_ui_bundle

_PAGES = files("adapters.http") / "pages"
_SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js")
_ASYNCAPI = ("asyncapi-viewer.iife.js", "asyncapi-theme.css")


def published(generated: Path) -> dict[str, bytes]:
    """Every published document by its name."""
    bundles = ("openapi.json", "openapi.yaml", "asyncapi.json", "asyncapi.yaml", "nexus.proto")
    documents = {name: (generated / name).read_bytes() for name in bundles}
    documents |= {name: (_PAGES / name).read_bytes() for name in ("docs.html", "events.html")}
    documents |= {f"assets/{name}": (_PAGES / name).read_bytes() for name in ("docs.js", "events.js", "pages.css")}
    swagger = Path(swagger_ui_bundle.swagger_ui_path)
    documents |= {f"assets/{name}": (swagger / name).read_bytes() for name in _SWAGGER}
    viewer = _unread("asyncapi_viewer") / "static"
    documents |= {f"assets/{name}": (viewer / name).read_bytes() for name in _ASYNCAPI}
    return documents


def _unread(package: str) -> Path:
    """Where a package lies of which we want the files and not the code, which would cost memory and time."""
    places = getattr(find_spec(package), "submodule_search_locations", None)
    if not places:
        raise ModuleNotFoundError(f"There is no {package}", name=package)
    return Path(next(iter(places)))
