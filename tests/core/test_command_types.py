"""Types of commands that everybody has: they hide a tenant's own of the same name, and lists stay whole."""

from handlers.core.command_types import CommandTypes
from tests.core.working import ANN
from tests.fakes import Clock, MemoryDocuments


async def test_a_type_that_becomes_built_in_hides_a_tenants_own(documents: MemoryDocuments, clock: Clock) -> None:
    """A plugin may declare what a tenant has declared before: that is told once, as the plugin says, on every page."""
    before = CommandTypes(documents, {}, clock)
    for name in ("a", "b", "c", "d"):
        await before.create(ANN, {"name": name, "category": "data"})
    types = CommandTypes(documents, {"b": {"category": "system"}, "c": {}}, clock)
    pages, after = [], None
    while page := await types.page(ANN, None, 2, after):
        pages.append([(one.name, one.category, one.built_in) for one in page])
        after = page[-1].name
    assert pages == [
        [("a", "data", False), ("b", "system", True)],
        [("c", "custom", True), ("d", "data", False)],
    ]
    assert [one.name for one in await types.page(ANN, "data", 2, None)] == ["a", "d"]
    assert (await types.get(ANN, "b")).category == "system"
