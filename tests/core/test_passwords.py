"""Which passwords are good enough."""

import pytest

from handlers.core.errors import Unprocessable
from handlers.core.passwords import check_password, is_weak


@pytest.mark.parametrize("password", ["Admin123!", "SecurePass123!", "a-strong-password", "12 zeichen üö"])
def test_the_printed_passwords_are_good_enough(password: str) -> None:
    """Every password that a reference prints is admitted."""
    check_password(password)


@pytest.mark.parametrize("password", ["", "1234567", "password", "PASSWORD", "Password123", "qwertyuiop"])
def test_short_and_common_ones_are_not(password: str) -> None:
    """Less than eight characters, or on the list in any case, is weak."""
    assert is_weak(password)
    with pytest.raises(Unprocessable):
        check_password(password)
