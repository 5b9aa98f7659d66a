"""The classes of what is asked and answered."""

from textwrap import wrap
from typing import Any

from scripts.generate.client.kinds import Kinds

_HEADS = {
    False: '"""What is answered. A field that is not there is None."""\n\nfrom __future__ import annotations\n\n'
    "from typing import Any, Literal, Union\n\nfrom .records import Record\n",
    True: '"""What is asked: dictionaries, as they are sent."""\n\nfrom __future__ import annotations\n\n'
    "from datetime import datetime\nfrom typing import Any, Literal, TypedDict, Union\n",
}
_WIDTH = 112


def written(kinds: Kinds) -> str:
    """The module of all schemas that were needed, and of those that they need."""
    texts: dict[str, str] = {}
    while missing := kinds.named.keys() - texts.keys():
        for name in sorted(missing):
            texts[name] = _schema(kinds, name, kinds.named[name])
    # An alias is a value, made when the module is read; classes are named in annotations only.
    aliases = sorted(name for name in texts if not kinds.named[name].get("properties"))
    classes = sorted(texts.keys() - set(aliases))
    body = "".join(f"\n{texts[name]}" for name in aliases) + "".join(f"\n\n{texts[name]}" for name in classes)
    return _HEADS[kinds.requests] + body


def commentary(text: str, indent: str) -> str:
    """A description as comment lines."""
    return "".join(f"{indent}# {line}\n" for line in wrap(text, _WIDTH))


def _schema(kinds: Kinds, name: str, schema: dict[str, Any]) -> str:
    if "union" in schema:
        return f"{name} = Union[{', '.join(repr(option) for option in schema['union'])}]\n"
    if not schema.get("properties"):
        return f"{name} = Literal[{', '.join(map(repr, schema['enum']))}]\n"
    return _asked(kinds, name, schema) if kinds.requests else _answered(kinds, name, schema)


def _asked(kinds: Kinds, name: str, schema: dict[str, Any]) -> str:
    required = [field for field in schema["properties"] if field in schema.get("required", ())]
    optional = [field for field in schema["properties"] if field not in required]
    if not required or not optional:
        total = "" if required else ", total=False"
        fields = _fields(kinds, name, schema, required or optional)
        return f"class {name}(TypedDict{total}):\n{_told(schema, name)}{fields}"
    return (
        f'class _{name}(TypedDict):\n    """What {name} must have."""\n\n{_fields(kinds, name, schema, required)}\n\n'
        f"class {name}(_{name}, total=False):\n{_told(schema, name)}{_fields(kinds, name, schema, optional)}"
    )


def _answered(kinds: Kinds, name: str, schema: dict[str, Any]) -> str:
    nested = {}
    for field, inner in schema["properties"].items():
        record = kinds.of(inner, _nested_name(name, field)).record
        if record:
            nested[field] = record
    held = f"\n    _nested = {nested!r}\n" if nested else ""
    fields = _fields(kinds, name, schema, list(schema["properties"]))
    return f"class {name}(Record):\n{_told(schema, name)}{fields}{held}"


def _fields(kinds: Kinds, name: str, schema: dict[str, Any], fields: list[str]) -> str:
    required = schema.get("required", ())
    return "".join(_field(kinds, name, field, schema["properties"][field], field in required) for field in fields)


def _field(kinds: Kinds, name: str, field: str, schema: dict[str, Any], required: bool) -> str:
    kind = kinds.of(schema, _nested_name(name, field)).text
    maybe = "" if required or kinds.requests or kind == "Any" or kind.endswith("None") else " | None"
    return f"{commentary(schema.get('description', ''), '    ')}    {field}: {kind}{maybe}\n"


def _told(schema: dict[str, Any], name: str) -> str:
    text = " ".join(schema.get("description", "").split()) or f"{name}, as the contract has it."
    lines = "\n    ".join(wrap(text, _WIDTH))
    return f'    """{lines}"""\n\n' if "\n" not in lines else f'    """{lines}\n    """\n\n'


def _nested_name(name: str, field: str) -> str:
    return name + "".join(word.capitalize() for word in field.split("_"))
