"""Every NEXUS_* variable, in one table: its name, type, default and meaning. A test holds the README to it."""

import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from handlers.core.credentials import SIGNING_BYTES
from handlers.core.sealing import KEY_BYTES
from handlers.env_files import SettingsError, cause_of, kept_or_made, read_file
from handlers.judgement import PREFIX, check, variable

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_PRODUCTION = "production"
_GENERATED_FILE = "generated-secrets.env"
_CONFIG = "NEXUS_CONFIG"
_NOT_NEEDED = {"NEXUS_REDIS_URL": "NEXUS_REDIS_URL is not needed: Nexus does not use Redis"}
_TESTS = "NEXUS_TEST_"
_CLIENTS = {"NEXUS_URL", "NEXUS_API_KEY", "NEXUS_BASE_URL", "NEXUS_TIMEOUT", "NEXUS_RETRY_ATTEMPTS"}
# What Kubernetes and Docker tell a container of a service that is called nexus or nexus-…
_SERVICE_LINK = re.compile(r"NEXUS_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp)://[^/]+:\d+")


def _setting(default: Any, meaning: str, *, secret: bool = False, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, repr=not secret, metadata={"meaning": meaning, "secret": secret, "choices": choices})


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
    grpc_port: int = _setting(50051, "The port of gRPC, at the same address; 0: it is not served")
    data_dir: Path = _setting(Path(".nexus"), "Where the embedded store and generated secrets are kept")
    database_url: str = _setting("", "`mongodb://…`; unset: the embedded store in the data directory", secret=True)
    mongo_driver: str = _setting("motor", "The driver for MongoDB", choices=("motor", "pymongo"))
    amqp_url: str = _setting("", "`amqp://…` or `amqps://…`; unset: one process, events within it", secret=True)
    amqp_auth_secret: str = _setting(
        "", "What RabbitMQ shows when it asks whether an API key may log in; unset: nobody is answered", secret=True
    )
    workers: int = _setting(1, "How many processes serve; more than one need MongoDB and RabbitMQ")
    jwt_secret: str = _setting("", f"Signs session tokens; at least {SIGNING_BYTES} bytes", secret=True)
    encryption_key: str = _setting(
        "",
        "Encrypts secrets at rest: 32 bytes in hexadecimal or base64; of several, comma-separated, the first encrypts",
        secret=True,
    )
    admin_username: str = _setting("admin", "The first user")
    admin_password: str = _setting("", "The first user's password", secret=True)
    admin_api_key: str = _setting("", "An API key of the first user, `nexus_sk_live_<id>_<secret>`", secret=True)
    google_client_id: str = _setting("", "The client for which Google signs people in; unset: nobody comes from Google")
    google_jwks_url: str = _setting("https://www.googleapis.com/oauth2/v3/certs", "Where Google's public keys are")
    google_roles: str = _setting(
        "", "Who may come from Google, and as what: `mail=role,…`; `*=observer` lets in the rest"
    )
    audit_days: int = _setting(365, "How long the audit log is kept")
    telemetry_days: int = _setting(
        30, "How long frames, lines of logs and events are kept after they arrived, where a tenant has not chosen"
    )
    telemetry_rollup_days: int = _setting(
        365, "How long the hourly sums of frames are kept, and never shorter than frames; a tenant may choose"
    )
    telemetry_most_days: int = _setting(3650, "The most days that a tenant may choose")
    telemetry_ahead_seconds: int = _setting(600, "How far ahead of this server's clock telemetry may say it is")
    log_addresses: bool = _setting(True, "Whether the log has IP addresses; mail addresses and secrets it never has")
    log_level: str = _setting(
        "info", "`warning` and above leave out the line per request", choices=("debug", "info", "warning", "error")
    )
    max_body_bytes: int = _setting(1_048_576, "The largest request body")
    stream_lifetime_seconds: float = _setting(3600.0, "After this long an event stream ends and its client comes back")
    heartbeat_seconds: int = _setting(30, "How often agents are to be heard; those that register later are told so")
    rate_limit_enabled: bool = _setting(True, "Whether requests are counted; if not, each answer says that none was")
    rate_limit_max_requests: int = _setting(1000, "Requests of one caller a minute where no reference sets a limit")
    rate_limits: str = _setting("", "Other limits than the contract's: `tasks=2000,v2.ai=100`; `*=…` changes all")
    trusted_proxies: str = _setting("", "Addresses and networks, comma-separated, whose `X-Forwarded-For` is believed")
    allow_private_targets: bool = _setting(
        False, "Whether webhooks and the like may be sent to private addresses, this machine's among them"
    )
    tls_cert_path: str = _setting("", "A certificate chain in PEM; with its key, TLS 1.3 is served and nothing else")
    tls_key_path: str = _setting("", "The certificate's key in PEM")
    plugins: str = _setting("", "Modules of Python, comma-separated, each with a plugin that this server runs")

    @property
    def in_production(self) -> bool:
        """Whether insecurity is an error."""
        return self.environment == _PRODUCTION


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the environment, from `<NAME>_FILE` for secrets, and from the file that NEXUS_CONFIG names."""
    given = _given(environment)
    _check_names(given)
    values = {}
    for setting in fields(Settings):
        text = _text_of(setting, given)
        if text not in (None, ""):
            values[setting.name] = _converted(setting, text)
    settings = Settings(**values)
    check(settings)
    return settings


def notices(environment: Mapping[str, str] = os.environ) -> list[str]:
    """What is set without need."""
    return [text for name, text in _NOT_NEEDED.items() if name in _given(environment)]


def with_secrets(settings: Settings, new_key: Callable[[], str]) -> Settings:
    """In development, the secrets that are not set, made once and kept in the data directory."""
    makers = {
        "jwt_secret": secrets.token_urlsafe,
        "encryption_key": partial(secrets.token_hex, KEY_BYTES),
        "admin_password": lambda: secrets.token_urlsafe(9),
        "admin_api_key": new_key,
    }
    missing = {variable(name): make for name, make in makers.items() if not getattr(settings, name)}
    if not missing or settings.in_production:
        return settings
    try:
        kept = kept_or_made(settings.data_dir / _GENERATED_FILE, missing)
    except OSError as exc:
        raise SettingsError(f"No secrets can be kept in {settings.data_dir}: {cause_of(exc)}") from exc
    settings = replace(settings, **{name: kept[variable(name)] for name in makers if variable(name) in missing})
    check(settings)
    return settings


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    return {**read_file(environment.get(_CONFIG, "")), **environment}


def _check_names(given: Mapping[str, str]) -> None:
    """Refuse a variable that nobody reads: mistyped, it would leave a default in force where nobody looks for one."""
    known = {_CONFIG, *(variable(setting.name) for setting in fields(Settings))}
    known |= {f"{variable(setting.name)}_FILE" for setting in fields(Settings) if setting.metadata["secret"]}
    for name, text in given.items():
        if name.startswith(PREFIX) and name not in known and not _is_for_others(name, text):
            raise SettingsError(f"{name} is no setting{_nearest(name, known)}")


def _is_for_others(name: str, text: str) -> bool:
    linked = _SERVICE_LINK.fullmatch(name) or _SERVICE_ADDRESS.fullmatch(text)
    return name in _NOT_NEEDED or name in _CLIENTS or name.startswith(_TESTS) or bool(linked)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.removeprefix(PREFIX), sorted(other.removeprefix(PREFIX) for other in known), n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; the README lists those that there are"


def _text_of(setting: Any, given: Mapping[str, str]) -> str | None:
    name = variable(setting.name)
    path = given.get(f"{name}_FILE")
    if path and setting.metadata["secret"]:
        try:
            return Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {cause_of(exc)}") from exc
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
