"""Versions of items as entity tags."""

_ANY = "*"
_NONE = -1


def tag_of(version: int) -> dict[str, str]:
    """The header that tells an item's version."""
    return {"ETag": f'"{version}"'}


def version_of(if_match: str | None) -> int | None:
    """The version that an entity tag names; one that we never gave matches nothing."""
    if if_match is None or if_match == _ANY:
        return None
    digits = if_match.strip('"')
    return int(digits) if digits.isdigit() else _NONE
