"""What must not stand in a log: mail addresses, tokens, keys, passwords, and IP addresses where the operator says so.

One function for every line, whoever writes it. It errs on the side of saying less. Callers choose much of what is
read here, so no pattern may take longer than the text is long: every repetition that could fail late is bounded.
"""

import re
from collections.abc import Mapping
from typing import Any

GONE = "[redacted]"
_DEPTH = 6
_SUSPECT = re.compile(r"@|eyJ|nexus_|[Bb]e?a[rs]|[Pp]ass|[Ss]ecret|[Tt]oken|[Kk]ey|[Aa]uth|://")
_NAMES = re.compile(
    r"pass(word|wd|phrase)?|secret|token|authorization|cookie|credential|verifier|e?mail(_address)?|username|"
    r"(api|private|encryption|signing)_?key|"
    r".*_(password|secret|token|e?mail)",
    re.IGNORECASE,
)
_SECRETS = (
    (re.compile(r"(://)[^/\s@]*@"), r"\1[redacted]@"),
    (re.compile(r"[\w.!#$%&'*+=?^`{|}~-]{1,64}@[A-Za-z0-9][\w.-]{0,253}[\w-]"), "[mail]"),
    (re.compile(r"nexus_(?:sk_live|at|rt|ws)_[\w.=-]+"), "[token]"),
    (re.compile(r"eyJ[\w-]*(?:\.[\w-]*){0,4}"), "[token]"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 [token]"),
    (
        re.compile(
            r"(?P<name>(?:password|passwd|secret|token|api_?key|authorization)[\w-]{0,32}[\"']?\s{0,8}[=:]\s{0,8})"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&}\"']+)",
            re.IGNORECASE,
        ),
        r"\g<name>[redacted]",
    ),
)
_ADDRESSES = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|"
    r"(?:[0-9A-Fa-f]{1,4}:){1,7}:(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?|::[0-9A-Fa-f:]{0,40}[0-9A-Fa-f])(?!\w|\.\d)"
)
_ADDRESS_NAMES = ("peer", "ip_address", "client")


class Redaction:
    """Takes out of a log's lines what is personal. `keeps_addresses` leaves IP addresses in."""

    def __init__(self, *, keeps_addresses: bool = True) -> None:
        self.keeps_addresses = keeps_addresses

    def line(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A line without them, whatever stands in it however deep."""
        return {name: self._named(name, value, 0) for name, value in given.items()}

    def text(self, given: str) -> str:
        """A text without them."""
        if _SUSPECT.search(given):
            for secret, instead in _SECRETS:
                given = secret.sub(instead, given)
        return given if self.keeps_addresses else _ADDRESSES.sub("[address]", given)

    def _named(self, name: Any, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(name, str) and _NAMES.fullmatch(name):
            return GONE
        if name in _ADDRESS_NAMES and not self.keeps_addresses:
            return "[address]"
        return self._value(value, depth)

    def _value(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            return self._within(value, depth + 1)
        return self.text(value.decode("latin-1") if isinstance(value, bytes) else str(value))

    def _within(self, value: Any, depth: int) -> Any:
        """What a mapping or a list holds, so deep and no deeper."""
        if depth > _DEPTH:
            return GONE
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._named(key, inner, depth) for key, inner in value.items()}
        return [self._value(inner, depth) for inner in value]
