"""Which settings cannot be: alone, with one another, or in production. Each is refused with what to do about it."""

import math
import re
from typing import TYPE_CHECKING

from handlers.core.addresses import Proxies
from handlers.core.credentials import KEY_PREFIX, SIGNING_BYTES
from handlers.core.google import read_roles
from handlers.core.limits import read_changes
from handlers.core.passwords import MIN_LENGTH, is_weak
from handlers.core.sealing import is_weak_key, read_keys
from handlers.env_files import SettingsError

if TYPE_CHECKING:
    from handlers.settings import Settings

PREFIX = "NEXUS_"
_SECRET_TAIL, _SECRET_VARIETY = 20, 8
_KEY = re.compile(KEY_PREFIX + r"[A-Za-z0-9]+_[A-Za-z0-9_-]{20,}")
_URL_SECRET = re.compile(r"[A-Za-z0-9_-]+")  # it stands in the addresses that RabbitMQ is given


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def check(settings: "Settings") -> None:
    """Refuse settings that cannot be."""
    for judge in (
        _check_parts,
        _check_workers,
        _check_tls,
        _check_credentials,
        _check_encryption,
        _check_google,
        _check_requests,
        _check_production,
        _check_numbers,
    ):
        judge(settings)


def _check_parts(settings: "Settings") -> None:
    if settings.database_url and not settings.database_url.startswith(("mongodb://", "mongodb+srv://")):
        raise SettingsError(
            "NEXUS_DATABASE_URL takes mongodb:// (or nothing, for the embedded store); "
            f"this is {settings.database_url.partition(':')[0]}"
        )
    if settings.amqp_url and not settings.amqp_url.startswith(("amqp://", "amqps://")):
        raise SettingsError("NEXUS_AMQP_URL takes amqp:// or amqps:// (or nothing, for events within one process)")


def _check_tls(settings: "Settings") -> None:
    if bool(settings.tls_cert_path) != bool(settings.tls_key_path):
        raise SettingsError("NEXUS_TLS_CERT_PATH and NEXUS_TLS_KEY_PATH belong together; one of them is missing")


def _check_credentials(settings: "Settings") -> None:
    if settings.admin_api_key and not _KEY.fullmatch(settings.admin_api_key):
        raise SettingsError(
            f"NEXUS_ADMIN_API_KEY is no API key; one is {KEY_PREFIX}<id>_<secret>, the secret at least 20 long"
        )
    secret = settings.amqp_auth_secret
    if secret and not (len(secret) >= SIGNING_BYTES and _URL_SECRET.fullmatch(secret)):
        raise SettingsError(
            f"NEXUS_AMQP_AUTH_SECRET needs at least {SIGNING_BYTES} characters, of letters, digits, `-` and `_` only"
        )
    if settings.jwt_secret and len(settings.jwt_secret.encode()) < SIGNING_BYTES:
        raise SettingsError(f"NEXUS_JWT_SECRET needs at least {SIGNING_BYTES} bytes")


def _check_numbers(settings: "Settings") -> None:
    if not 0 < settings.api_port < 65536:
        raise SettingsError(f"NEXUS_API_PORT is {settings.api_port}, which is no port")
    if not 0 <= settings.grpc_port < 65536:
        raise SettingsError(f"NEXUS_GRPC_PORT is {settings.grpc_port}, which is no port")
    if settings.grpc_port == settings.api_port:
        raise SettingsError(f"NEXUS_GRPC_PORT and NEXUS_API_PORT are both {settings.api_port}; each needs its own")
    for name in (
        "max_body_bytes",
        "stream_lifetime_seconds",
        "heartbeat_seconds",
        "audit_days",
        "telemetry_days",
        "telemetry_rollup_days",
        "telemetry_most_days",
        "telemetry_ahead_seconds",
        "rate_limit_max_requests",
    ):
        value = getattr(settings, name)
        if not 0 < value < math.inf:
            raise SettingsError(f"{variable(name)} is {value}; it takes a number above 0")


def _check_workers(settings: "Settings") -> None:
    if settings.workers < 1:
        raise SettingsError(f"NEXUS_WORKERS is {settings.workers}; it takes 1 or more")
    if settings.workers > 1 and not settings.database_url:
        raise SettingsError(
            f"NEXUS_WORKERS is {settings.workers}, and the embedded store serves one process only; "
            "set NEXUS_DATABASE_URL to a MongoDB, or NEXUS_WORKERS to 1"
        )
    if settings.workers > 1 and not settings.amqp_url:
        raise SettingsError(
            f"NEXUS_WORKERS is {settings.workers}, and without a broker one worker's events do not reach the others; "
            "set NEXUS_AMQP_URL to a RabbitMQ, or NEXUS_WORKERS to 1"
        )


def _check_encryption(settings: "Settings") -> None:
    try:
        keys = read_keys(settings.encryption_key) if settings.encryption_key else ()
    except ValueError as exc:
        raise SettingsError(f"NEXUS_ENCRYPTION_KEY: {exc}") from exc
    if settings.in_production and any(map(is_weak_key, keys)):
        raise SettingsError("In production NEXUS_ENCRYPTION_KEY must be strong: bytes drawn at random, not a text")


def _check_google(settings: "Settings") -> None:
    try:
        read_roles(settings.google_roles)
    except ValueError as exc:
        raise SettingsError(f"NEXUS_GOOGLE_ROLES: {exc}") from exc
    schemes = ("https://",) if settings.in_production else ("https://", "http://")
    if not settings.google_jwks_url.startswith(schemes):
        raise SettingsError("NEXUS_GOOGLE_JWKS_URL takes https://, and outside production http:// too")


def _check_requests(settings: "Settings") -> None:
    for name, read in (("rate_limits", read_changes), ("trusted_proxies", Proxies.read)):
        try:
            read(getattr(settings, name))
        except ValueError as exc:
            raise SettingsError(f"{variable(name)}: {exc}") from exc


def _check_production(settings: "Settings") -> None:
    if not settings.in_production:
        return
    weak = [variable(name) for name in ("jwt_secret", "admin_api_key") if _is_monotonous(getattr(settings, name))]
    if settings.amqp_auth_secret and _is_monotonous(settings.amqp_auth_secret):
        weak.append(variable("amqp_auth_secret"))
    if not settings.encryption_key:
        weak.append(variable("encryption_key"))
    if is_weak(settings.admin_password):
        weak.append(variable("admin_password"))
    if weak:
        raise SettingsError(
            f"In production these must be set, and strong: {', '.join(weak)} "
            f"(a password has at least {MIN_LENGTH} characters and is not a common one)"
        )


def _is_monotonous(secret: str) -> bool:
    """Whether a secret is missing, or long only by repeating itself."""
    return len(set(secret[-_SECRET_TAIL:])) < _SECRET_VARIETY
