"""Secrets at rest: what is sealed opens in its place under a key that we have, and nothing else opens."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.box import AesGcmBox
from handlers.core.sealing import Place, SealBroken

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)
BOX = AesGcmBox([OLD])
PLACE = Place("webhooks", "t_one", "wh_1", "secret")
words = st.text(max_size=20)
places = st.builds(Place, words, words, words, words)


@given(secret=st.text(), place=places)
def test_what_is_sealed_opens(secret: str, place: Place) -> None:
    """Any text comes back whole from any place, and is not to be seen in between."""
    sealed = BOX.seal(secret, place)
    assert BOX.open(sealed, place) == secret
    assert len(secret) < 8 or secret not in sealed


@given(there=places, here=places)
def test_a_seal_belongs_to_its_place(there: Place, here: Place) -> None:
    """In another collection, tenant, record or field a secret does not open, however alike their names are."""
    sealed = BOX.seal("swordfish", there)
    if there == here:
        assert BOX.open(sealed, here) == "swordfish"
    else:
        with pytest.raises(SealBroken):
            BOX.open(sealed, here)


@pytest.mark.parametrize("field", ["collection", "tenant", "record", "field"])
def test_no_part_of_the_place_may_differ(field: str) -> None:
    """Each part of the place counts."""
    sealed = BOX.seal("swordfish", PLACE)
    with pytest.raises(SealBroken):
        BOX.open(sealed, replace(PLACE, **{field: "other"}))


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    """Nobody sees that two secrets are the same."""
    assert len({BOX.seal("swordfish", PLACE) for _ in range(100)}) == 100


def test_no_character_can_be_changed() -> None:
    """A sealed secret with any character replaced, added or taken away does not open."""
    sealed = BOX.seal("swordfish!", PLACE)
    for position in range(len(sealed)):
        other = "A" if sealed[position] != "A" else "B"
        for changed in (sealed[:position] + other + sealed[position + 1 :], sealed[:position] + sealed[position + 1 :]):
            with pytest.raises(SealBroken):
                BOX.open(changed, PLACE)
    for changed in (sealed + "=", sealed + "\n", sealed.replace(".", "..", 1)):
        with pytest.raises(SealBroken):
            BOX.open(changed, PLACE)


@given(noise=st.text())
def test_noise_does_not_open(noise: str) -> None:
    """Whatever stands where a sealed secret should, opening it is refused and nothing worse."""
    key_id = BOX.seal("", PLACE).split(".")[1]
    for sealed in (noise, f"v1.{key_id}.{noise}"):
        with pytest.raises(SealBroken):
            BOX.open(sealed, PLACE)


def test_keys_are_rotated() -> None:
    """A new first key seals, the old one still opens what it sealed, and once it is gone nothing of its opens."""
    sealed = BOX.seal("swordfish", PLACE)
    rotated = AesGcmBox([NEW, OLD])
    assert rotated.open(sealed, PLACE) == "swordfish"
    assert not rotated.is_current(sealed)
    again = rotated.seal("swordfish", PLACE)
    assert rotated.is_current(again)
    alone = AesGcmBox([NEW])
    assert alone.open(again, PLACE) == "swordfish"
    for box, closed in ((alone, sealed), (BOX, again)):
        with pytest.raises(SealBroken):
            box.open(closed, PLACE)


def test_a_key_given_twice_is_one_key() -> None:
    """The first of several keys seals, even when it is named again."""
    box = AesGcmBox([NEW, OLD, NEW])
    assert AesGcmBox([NEW]).open(box.seal("swordfish", PLACE), PLACE) == "swordfish"


@pytest.mark.parametrize("keys", [[], [b"x" * 31], [b"x" * 16, OLD]])
def test_keys_of_another_length_are_refused(keys: list[bytes]) -> None:
    """Only AES-256 is used."""
    with pytest.raises(ValueError, match="32 bytes"):
        AesGcmBox(keys)
