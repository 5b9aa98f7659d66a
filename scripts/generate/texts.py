"""How a generated file looks: its banner, in the words its format permits, and its bytes."""

import json
from typing import Any

from scripts.generate import yaml12

MEND = "make generate"
NOTICE = f"Generated from specs/ by `{MEND}`. Do not edit."
BANNER_KEY = "x-generated"
_COMMENTS = {".py": "#", ".pyi": "#", ".yaml": "#", ".proto": "//", ".toml": "#", ".typed": "#"}


def commented(suffix: str, text: str) -> str:
    """A text with the banner as its first line."""
    return f"{_COMMENTS[suffix]} {NOTICE}\n{text}"


def as_json(document: dict[str, Any]) -> str:
    """A JSON document whose first key is the banner."""
    return json.dumps({BANNER_KEY: NOTICE, **document}, indent=2, ensure_ascii=False) + "\n"


def as_yaml(document: dict[str, Any]) -> str:
    """The same document as YAML, under a banner line."""
    return commented(".yaml", yaml12.dump(document))


def has_banner(suffix: str, text: str) -> bool:
    """Whether a file of this kind begins as a generated one must."""
    if suffix == ".json":
        return text.startswith(f'{{\n  "{BANNER_KEY}": {json.dumps(NOTICE)}')
    return suffix in _COMMENTS and text.startswith(f"{_COMMENTS[suffix]} {NOTICE}\n")
