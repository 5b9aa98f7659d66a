"""Which passwords are good enough: long ones that are not everybody's. No rules of composition."""

from handlers.core.errors import Unprocessable

MIN_LENGTH = 8
_TRIED_FIRST = (
    "00000000 11111111 12341234 12345678 123456789 1234567890 1q2w3e4r 1qaz2wsx 87654321 88888888 aaaaaaaa abcd1234 "
    "adminadmin admin123 administrator baseball changeit changeme computer football iloveyou letmein1 passw0rd "
    "password password1 password12 password123 p@ssw0rd p@ssword princess qwerty12 qwerty123 qwertyui qwertyuiop "
    "starwars sunshine superman trustno1 welcome1 welcome123 whatever"
)
_COMMON = frozenset(_TRIED_FIRST.split())


def is_weak(password: str) -> bool:
    """Whether a password is too short, or one of those that are tried first."""
    return len(password) < MIN_LENGTH or password.lower() in _COMMON


def check_password(password: str) -> None:
    """Refuse a weak password."""
    if is_weak(password):
        raise Unprocessable(
            f"A password has at least {MIN_LENGTH} characters and is not a common one", field="password"
        )
