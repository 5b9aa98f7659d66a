"""Sealed fields: opened where they lie, and sealed anew when the key changes."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.ports import Collection, Insert, Listing, Query, Update
from handlers.core.sealing import Place, SealBroken, Sealing, is_weak_key, read_keys
from tests.fakes import MemoryDocuments

HOOKS = Collection("hooks", listings=(Listing(order="created_at"),))
ALL_HOOKS = Query(HOOKS, "t_one", "created_at")


@dataclass
class LabelledBox:
    """A box that hides nothing, and names its key and the place."""

    keys: tuple[str, ...] = ("old",)

    def seal(self, secret: str, place: Place) -> str:
        """The secret with its labels."""
        return f"{self.keys[0]}|{place}|{secret}"

    def open(self, sealed: str, place: Place) -> str:
        """The secret, if the labels are right."""
        key, _, rest = sealed.partition("|")
        found, _, secret = rest.partition("|")
        if key not in self.keys or found != str(place):
            raise SealBroken
        return secret

    def is_current(self, sealed: str) -> bool:
        """Whether the first key stands on the label."""
        return sealed.startswith(f"{self.keys[0]}|")


async def fill(documents: MemoryDocuments, count: int) -> None:
    """Records with a sealed secret each, and one that has none."""
    sealing = Sealing(documents, LabelledBox())
    for number in range(count):
        sealed = sealing.seal(HOOKS, "t_one", f"wh_{number}", "secret", f"swordfish {number}")
        record = {"id": f"wh_{number}", "created_at": number, "secret": sealed}
        await documents.write(Insert(HOOKS, "t_one", record))
    await documents.write(Insert(HOOKS, "t_one", {"id": "wh_bare", "created_at": count}))


async def test_a_field_opens_in_its_record_only(documents: MemoryDocuments) -> None:
    """A secret that was copied into another record does not open there."""
    await fill(documents, 2)
    sealing = Sealing(documents, LabelledBox())
    first, second = [await documents.get(HOOKS, "t_one", f"wh_{number}") for number in range(2)]
    assert sealing.open(HOOKS, first, "secret") == "swordfish 0"
    with pytest.raises(SealBroken):
        sealing.open(HOOKS, {**second, "secret": first["secret"]}, "secret")


async def test_a_rotation_reaches_every_record(documents: MemoryDocuments) -> None:
    """Afterwards all is under the new key, so that the old one can go; a second round finds nothing to do."""
    await fill(documents, 250)
    sealing = Sealing(documents, LabelledBox(("new", "old")))
    assert await sealing.reseal_all(ALL_HOOKS, ["secret", "other"]) == 250
    assert await sealing.reseal_all(ALL_HOOKS, ["secret", "other"]) == 0
    alone = Sealing(documents, LabelledBox(("new",)))
    records = [record for record in documents.all_of(HOOKS, "t_one") if "secret" in record]
    assert {alone.open(HOOKS, record, "secret") for record in records} == {f"swordfish {n}" for n in range(250)}


async def test_rotations_at_the_same_time_and_changes_in_between(documents: MemoryDocuments) -> None:
    """Several servers may rotate together, and a secret that is replaced meanwhile stays the new one."""
    await fill(documents, 20)
    sealing = Sealing(documents, LabelledBox(("new", "old")))
    fresh = sealing.seal(HOOKS, "t_one", "wh_7", "secret", "another")
    replaced = documents.write(Update(HOOKS, "t_one", "wh_7", {}, {"secret": fresh}))
    await asyncio.gather(*(sealing.reseal_all(ALL_HOOKS, ["secret"]) for _ in range(3)), replaced)
    record = await documents.get(HOOKS, "t_one", "wh_7")
    assert Sealing(documents, LabelledBox(("new",))).open(HOOKS, record, "secret") == "another"


async def test_a_rotation_says_when_a_key_is_missing(documents: MemoryDocuments) -> None:
    """A secret that cannot be opened is not passed over in silence."""
    await fill(documents, 1)
    with pytest.raises(SealBroken):
        await Sealing(documents, LabelledBox(("new",))).reseal_all(ALL_HOOKS, ["secret"])


@given(keys=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4))
def test_keys_are_read_as_people_write_them(keys: list[bytes]) -> None:
    """Hexadecimal in either case and base64 of either alphabet, padded or not, are the same keys."""
    for write in (
        bytes.hex,
        lambda key: key.hex().upper(),
        lambda key: b64encode(key).decode(),
        lambda key: urlsafe_b64encode(key).decode().rstrip("="),
    ):
        assert list(read_keys(" , ".join(write(key) for key in keys))) == keys


@pytest.mark.parametrize("text", ["", ",", "ab" * 31, "ab" * 33, "swordfish", "é" * 32, "=" * 44, "x" * 42])
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    """The refusal tells which of the keys it is, and not what was written."""
    with pytest.raises(ValueError, match="key 1 is not 32 bytes") as problem:
        read_keys(text)
    assert not text or text not in str(problem.value)


def test_a_key_that_somebody_typed_is_weak_key() -> None:
    """A text and a repetition are weak; bytes that were drawn are not."""
    assert is_weak_key(b"correct horse battery staple yes")
    assert is_weak_key(bytes(32))
    assert is_weak_key(bytes(range(8)) * 4)
    assert not is_weak_key(bytes(range(0, 256, 8)))
