"""Routes: fixed before open, whatever the order; each segment decoded by itself."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.router import Router, check_text
from handlers.core.errors import InvalidRequest

TEMPLATES = (
    "/items",
    "/items/{id}",
    "/items/search",
    "/items/{id}/parts/{part}",
    "/items/search/{word}",
    "/{any}/parts",
)
segments = st.text(min_size=1, max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@given(order=st.permutations(TEMPLATES))
def test_a_fixed_segment_wins_whatever_the_order(order: list[str]) -> None:
    """What stands at a path does not depend on the order in which the contract lists paths."""
    router = routes(*order)
    assert found(router, "/items") == ("/items", {})
    assert found(router, "/items/search") == ("/items/search", {})
    assert found(router, "/items/7") == ("/items/{id}", {"id": "7"})
    assert found(router, "/items/parts") == ("/items/{id}", {"id": "parts"})
    assert found(router, "/items/7/parts/3") == ("/items/{id}/parts/{part}", {"id": "7", "part": "3"})
    assert found(router, "/items/search/parts") == ("/items/search/{word}", {"word": "parts"})
    assert found(router, "/other/parts") == ("/{any}/parts", {"any": "other"})


def test_a_fixed_segment_that_leads_nowhere_is_left_again() -> None:
    """A path that begins like a fixed one and ends like an open one finds the open one."""
    router = routes("/items/search/{word}", "/items/{id}/parts/{part}")
    assert found(router, "/items/search/parts/3") == ("/items/{id}/parts/{part}", {"id": "search", "part": "3"})


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/items/", "/items//parts/3", "/items/7/", "//parts", "/nothing", "/ITEMS"]
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    """An empty segment is no value, a slash at the end is another path, and case matters."""
    assert found(routes(*TEMPLATES), path) is None


@given(value=segments)
def test_a_value_comes_back_as_it_was_sent(value: str) -> None:
    """Whatever a segment holds, slashes included, is the value of its parameter."""
    target = found(routes("/items/{id}", "/items/{id}/parts/{part}"), f"/items/{quote(value, safe='')}")
    assert target == ("/items/{id}", {"id": value})


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        ("/%69tems", ("/items", {})),
        ("/items/%73earch", ("/items/search", {})),
        ("/%69tems/7", ("/items/{id}", {"id": "7"})),
        ("/items%2Fsearch", None),
        ("/items%2f7", None),
        ("/items/a%2Fb", ("/items/{id}", {"id": "a/b"})),
        ("/items/%252F", ("/items/{id}", {"id": "%2F"})),
        ("/items/100%", ("/items/{id}", {"id": "100%"})),
        ("/items/a+b", ("/items/{id}", {"id": "a+b"})),
        ("/items/%2E%2E", ("/items/{id}", {"id": ".."})),
    ],
)
def test_encoded_paths(raw: str, target: object) -> None:
    """An encoded letter is the letter, in fixed segments too; an encoded slash separates nothing."""
    assert found(routes(*TEMPLATES), raw) == target


def test_a_path_that_is_not_utf8_is_refused() -> None:
    """Bytes that are no text lead to their place, and are the caller's mistake there."""
    place, values = found(routes(*TEMPLATES), "/items/%ff%fe")
    assert place == "/items/{id}"
    with pytest.raises(InvalidRequest) as refusal:
        check_text(values.values())
    assert refusal.value.details == {"location": "path"}


@pytest.mark.parametrize(
    ("first", "second"), [("/a", "/a"), ("/a/{b}", "/a/{b}"), ("/a/{b}", "/a/{c}"), ("/{x}/b", "/{y}/b")]
)
def test_a_path_is_registered_once(first: str, second: str) -> None:
    """Two targets at one path, or at two that no request can tell apart, are a defect of the contract."""
    router = routes(first)
    with pytest.raises(ValueError, match="registered twice"):
        router.add(second, "again")


def routes(*templates: str) -> Router[str]:
    """A router whose targets are its templates."""
    router: Router[str] = Router()
    for template in templates:
        router.add(template, template)
    return router


def found(router: Router[str], raw: str) -> tuple[str, dict[str, str]] | None:
    """What stands at a path, given as a server gives it: decoded, and as it came."""
    return router.match(unquote(raw), raw.encode())
