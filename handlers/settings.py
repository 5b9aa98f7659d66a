"""Every NEXUS_* variable, in one table: its name, type, default and meaning. A test holds the README to it."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_PRODUCTION = "production"
_KEY = re.compile(r"nexus_sk_live_[A-Za-z0-9]+_[A-Za-z0-9_-]{20,}")
_JWT_BYTES = 32
_GENERATED_FILE = "generated-secrets.env"


class SettingsError(Exception):
    """A variable that cannot be used, and what to do about it."""


def _setting(default: Any, meaning: str, *, secret: bool = False, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"meaning": meaning, "secret": secret, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """The settings of one server. The variable of `api_port` is `NEXUS_API_PORT`, and so on."""

    environment: str = _setting(
        "development",
        "`production` refuses to start with missing or weak secrets",
        choices=("development", _PRODUCTION),
    )
    api_host: str = _setting("127.0.0.1", "The address to listen on")
    api_port: int = _setting(8080, "The port of HTTP and WebSockets")
    data_dir: Path = _setting(Path(".nexus"), "Where the embedded store and generated secrets are kept")
    database_url: str = _setting("", "`mongodb://…`; unset: the embedded store in the data directory", secret=True)
    mongo_driver: str = _setting("motor", "The driver for MongoDB", choices=("motor", "pymongo"))
    amqp_url: str = _setting("", "`amqp://…` or `amqps://…`; unset: one process, events within it", secret=True)
    workers: int = _setting(1, "How many processes serve; more than one need MongoDB and RabbitMQ")
    jwt_secret: str = _setting("", "Signs session tokens; at least 32 bytes", secret=True)
    admin_username: str = _setting("admin", "The first user")
    admin_password: str = _setting("", "The first user's password", secret=True)
    admin_api_key: str = _setting("", "An API key of the first user, `nexus_sk_live_<id>_<secret>`", secret=True)
    log_level: str = _setting(
        "info", "`warning` and above leave out the line per request", choices=("debug", "info", "warning", "error")
    )
    max_body_bytes: int = _setting(1_048_576, "The largest request body")
    stream_lifetime_seconds: float = _setting(3600.0, "After this long an event stream ends and its client comes back")
    tls_cert_path: str = _setting("", "A certificate chain in PEM; with its key, TLS 1.3 is served and nothing else")
    tls_key_path: str = _setting("", "The certificate's key in PEM")

    @property
    def in_production(self) -> bool:
        """Whether insecurity is an error."""
        return self.environment == _PRODUCTION


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the environment, from `<NAME>_FILE` for secrets, and from the file that NEXUS_CONFIG names."""
    given = {**_config_file(environment.get("NEXUS_CONFIG", "")), **environment}
    values = {}
    for setting in fields(Settings):
        text = _text_of(setting, given)
        if text not in (None, ""):
            values[setting.name] = _converted(setting, text)
    settings = Settings(**values)
    _check(settings)
    return settings


def with_secrets(settings: Settings, new_key: Any) -> Settings:
    """In development, the secrets that are not set, made once and kept in the data directory."""
    makers = {
        "jwt_secret": secrets.token_urlsafe,
        "admin_password": lambda: secrets.token_urlsafe(9),
        "admin_api_key": new_key,
    }
    missing = [name for name in makers if not getattr(settings, name)]
    if not missing or settings.in_production:
        return settings
    path = settings.data_dir / _GENERATED_FILE
    kept = _config_file(str(path)) if path.exists() else {}
    for name in missing:
        kept.setdefault(variable(name), makers[name]())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _write_private(path, "".join(f"{name}={value}\n" for name, value in sorted(kept.items())))
    values = {setting.name: getattr(settings, setting.name) for setting in fields(Settings)}
    return Settings(**{**values, **{name: kept[variable(name)] for name in missing}})


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"NEXUS_{name.upper()}"


def _text_of(setting: Any, given: Mapping[str, str]) -> str | None:
    name = variable(setting.name)
    path = given.get(f"{name}_FILE")
    if path and setting.metadata["secret"]:
        try:
            return Path(path).read_text().strip()
        except OSError as exc:
            raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {exc.strerror}") from exc
    return given.get(name)


def _converted(setting: Any, text: str) -> Any:
    name, kind = variable(setting.name), type(setting.default)
    choices = setting.metadata["choices"]
    if choices and text not in choices:
        raise SettingsError(f"{name} is {text!r}; it takes {', '.join(choices)}")
    if kind is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise SettingsError(f"{name} is {text!r}; it takes true or false")
        return text.lower() in _TRUE
    try:
        return kind(text)
    except ValueError as exc:
        raise SettingsError(f"{name} is {text!r}, which is not {_NOUNS[kind]}") from exc


_NOUNS = {int: "a whole number", float: "a number", Path: "a path", str: "a text"}


def _check(settings: Settings) -> None:
    if settings.database_url and not settings.database_url.startswith(("mongodb://", "mongodb+srv://")):
        raise SettingsError(
            "NEXUS_DATABASE_URL takes mongodb:// (or nothing, for the embedded store); "
            f"this is {settings.database_url.partition(':')[0]}"
        )
    if settings.amqp_url and not settings.amqp_url.startswith(("amqp://", "amqps://")):
        raise SettingsError("NEXUS_AMQP_URL takes amqp:// or amqps:// (or nothing, for events within one process)")
    _check_workers(settings)
    if bool(settings.tls_cert_path) != bool(settings.tls_key_path):
        raise SettingsError("NEXUS_TLS_CERT_PATH and NEXUS_TLS_KEY_PATH belong together; one of them is missing")
    if settings.admin_api_key and not _KEY.fullmatch(settings.admin_api_key):
        raise SettingsError(
            "NEXUS_ADMIN_API_KEY is no API key; one is nexus_sk_live_<id>_<secret>, the secret at least 20 long"
        )
    if settings.jwt_secret and len(settings.jwt_secret.encode()) < _JWT_BYTES:
        raise SettingsError(f"NEXUS_JWT_SECRET needs at least {_JWT_BYTES} bytes")
    if settings.in_production:
        _check_production(settings)
    if not 0 < settings.api_port < 65536:
        raise SettingsError(f"NEXUS_API_PORT is {settings.api_port}, which is no port")


def _check_workers(settings: Settings) -> None:
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


def _check_production(settings: Settings) -> None:
    weak = [
        variable(name)
        for name, least in (("jwt_secret", 32), ("admin_password", 8), ("admin_api_key", 30))
        if len(getattr(settings, name)) < least
    ]
    if weak:
        raise SettingsError(f"In production these must be set, and strong: {', '.join(weak)}")


def _config_file(path: str) -> dict[str, str]:
    if not path:
        return {}
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as exc:
        raise SettingsError(f"The settings file {path} cannot be read: {exc.strerror}") from exc
    pairs = (
        line.removeprefix("export ").partition("=")
        for line in lines
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
