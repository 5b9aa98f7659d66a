"""What is remembered of offers: enough, and not without end."""

import pytest

from handlers.core import made_offers
from handlers.core.made_offers import MadeOffers

ANN, BEN = ("t_one", "ann"), ("t_one", "ben")


def test_an_offer_is_known_under_its_token() -> None:
    """Until when, and who has it; under another token, or to another agent, it is another one."""
    made = MadeOffers()
    made.keep(ANN, "lease_1", 2, 50, 10)
    assert [made.until(*one) for one in ((ANN, "lease_1", 2), (ANN, "lease_1", 3), (BEN, "lease_1", 2))] == [50, 0, 0]
    assert made.of("t_one", "lease_1", 49) == [("ann", 2)] and made.of("t_one", "lease_1", 50) == []
    assert made.of("t_two", "lease_1", 10) == []
    made.forget("t_one", "lease_1")
    assert made.until(ANN, "lease_1", 2) == 0


def test_what_has_lapsed_is_forgotten_when_there_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that holds is kept, however much that is; and it is gone through again when there is twice as much."""
    monkeypatch.setattr(made_offers, "_MOST", 4)
    made = MadeOffers()
    for number in range(5):
        made.keep(ANN, f"lease_{number}", 1, 20 if number == 0 else 90, 30)
    assert made.until(ANN, "lease_0", 1) == 0 and made.until(ANN, "lease_1", 1) == 90
    for number in range(5, 9):
        made.keep(ANN, f"lease_{number}", 1, 50, 60)
    assert made.until(ANN, "lease_5", 1) == 50
    made.keep(ANN, "lease_9", 1, 90, 60)
    assert made.until(ANN, "lease_5", 1) == 0 and made.until(ANN, "lease_9", 1) == 90
