"""Settings: every variable, where it may come from, and errors that say what to do."""

import os
import stat
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from handlers.core.credentials import new_key
from handlers.settings import Settings, SettingsError, load, notices, variable, with_secrets

STRONG = {
    "NEXUS_ENVIRONMENT": "production",
    "NEXUS_JWT_SECRET": "0123456789abcdef0123456789abcdef",
    "NEXUS_ENCRYPTION_KEY": "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
    "NEXUS_ADMIN_PASSWORD": "Admin123!",
    "NEXUS_ADMIN_API_KEY": "nexus_sk_live_a1b2_0123456789abcdefghij",
}
SECRETS = ("jwt_secret", "encryption_key", "admin_password", "admin_api_key")
GIVEN = {
    "environment": ("development", "development"),
    "api_host": ("0.0.0.0", "0.0.0.0"),
    "api_port": ("9000", 9000),
    "grpc_port": ("0", 0),
    "allow_private_targets": ("true", True),
    "data_dir": ("/var/lib/nexus", Path("/var/lib/nexus")),
    "database_url": ("mongodb://db/nexus", "mongodb://db/nexus"),
    "mongo_driver": ("pymongo", "pymongo"),
    "amqp_url": ("amqp://broker", "amqp://broker"),
    "amqp_auth_secret": ("s-_1" * 8, "s-_1" * 8),
    "workers": ("1", 1),
    "jwt_secret": ("s" * 32, "s" * 32),
    "encryption_key": ("5ec7e7" * 10 + "f00d", "5ec7e7" * 10 + "f00d"),
    "admin_username": ("root", "root"),
    "admin_password": ("Admin123!", "Admin123!"),
    "admin_api_key": (STRONG["NEXUS_ADMIN_API_KEY"], STRONG["NEXUS_ADMIN_API_KEY"]),
    "google_client_id": ("a.apps.googleusercontent.com", "a.apps.googleusercontent.com"),
    "google_jwks_url": ("http://127.0.0.1:9/keys", "http://127.0.0.1:9/keys"),
    "google_roles": ("ann@example.org=council,*=observer", "ann@example.org=council,*=observer"),
    "audit_days": ("30", 30),
    "telemetry_days": ("90", 90),
    "telemetry_rollup_days": ("400", 400),
    "telemetry_most_days": ("500", 500),
    "telemetry_ahead_seconds": ("5", 5),
    "log_addresses": ("false", False),
    "log_level": ("debug", "debug"),
    "max_body_bytes": ("5000", 5000),
    "stream_lifetime_seconds": ("1.5", 1.5),
    "heartbeat_seconds": ("10", 10),
    "rate_limit_enabled": ("false", False),
    "rate_limit_max_requests": ("50", 50),
    "rate_limits": ("tasks=5,v2.ai=1", "tasks=5,v2.ai=1"),
    "plugins": ("package.module,other", "package.module,other"),
    "trusted_proxies": ("10.0.0.1,fd00::/8", "10.0.0.1,fd00::/8"),
}


def test_every_setting_is_tried_here() -> None:
    """A new setting needs a line in the table above; certificates come in pairs, and are tried with the server."""
    assert {setting.name for setting in fields(Settings)} == set(GIVEN) | {"tls_cert_path", "tls_key_path"}


@pytest.mark.parametrize(("name", "text", "value"), [(name, *pair) for name, pair in GIVEN.items()])
def test_a_variable_sets_its_setting(name: str, text: str, value: Any) -> None:
    """`NEXUS_API_PORT` is `api_port`, of its type; an empty one is none."""
    assert getattr(load({f"NEXUS_{name.upper()}": text}), name) == value
    assert getattr(load({f"NEXUS_{name.upper()}": ""}), name) == getattr(Settings(), name)


def test_nothing_set_is_development() -> None:
    """Without a variable, the embedded parts serve on loopback."""
    settings = load({})
    assert settings == Settings()
    assert (settings.in_production, settings.api_host, settings.database_url) == (False, "127.0.0.1", "")


@pytest.mark.parametrize("name", [*SECRETS, "database_url", "amqp_url", "amqp_auth_secret"])
def test_a_secret_may_come_in_a_file(tmp_path: Path, name: str) -> None:
    """What a secret manager mounts is read without the line break at its end, and comes before the plain variable."""
    file = tmp_path / "secret"
    file.write_text(f"{GIVEN[name][0]}\n")
    assert getattr(load({f"{variable(name)}_FILE": str(file), variable(name): "other"}), name) == GIVEN[name][1]


def test_only_secrets_come_in_files(tmp_path: Path) -> None:
    """What is no secret is not read from a file, and who asks for it is told."""
    (tmp_path / "port").write_text("9000")
    with pytest.raises(SettingsError, match="NEXUS_API_PORT_FILE is no setting; did you mean NEXUS_API_PORT"):
        load({"NEXUS_API_PORT_FILE": str(tmp_path / "port")})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("NEXUS_DATABSE_URL", "NEXUS_DATABASE_URL"),
        ("NEXUS_MONGODB_DATABASE_URL", "NEXUS_DATABASE_URL"),
        ("NEXUS_PORT", "NEXUS_API_PORT"),
        ("NEXUS_JWT_SECRETS_FILE", "NEXUS_JWT_SECRET_FILE"),
        ("NEXUS_Q", "the README"),
    ],
)
def test_a_mistyped_variable_is_an_error(tmp_path: Path, name: str, meant: str) -> None:
    """A name that nobody reads is refused with the nearest that somebody reads, wherever it stands; not its value."""
    (tmp_path / "nexus.env").write_text(f"{name}=swordfish\n")
    for given in ({name: "swordfish"}, {"NEXUS_CONFIG": str(tmp_path / "nexus.env")}):
        with pytest.raises(SettingsError) as problem:
            load(given)
        assert str(problem.value).startswith(f"{name} is no setting")
        assert meant in str(problem.value)
        assert "swordfish" not in str(problem.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NEXUS_TEST_MONGO_URL", "mongodb://h"),
        ("NEXUS_API_KEY", "nexus_sk_live_a_b"),
        ("NEXUS_BASE_URL", "http://h"),
        ("NEXUS_REDIS_URL", "redis://h"),
        ("NEXUS_SERVICE_HOST", "10.0.0.1"),
        ("NEXUS_CONSOLE_SERVICE_PORT_HTTP", "8080"),
        ("NEXUS_PORT", "tcp://10.0.0.1:8080"),
        ("NEXUS_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("NEXUS", "http://localhost:8080"),
        ("nexus_data", "x"),
    ],
)
def test_what_is_meant_for_others_is_no_error(name: str, text: str) -> None:
    """Variables of our tests, of Kubernetes' service links and of nobody's prefix are left alone."""
    assert load({name: text}) == Settings()


def test_redis_is_not_needed(tmp_path: Path) -> None:
    """Who names a Redis is told that none is used, from wherever the name comes."""
    (tmp_path / "nexus.env").write_text("NEXUS_REDIS_URL=redis://h\n")
    for given in ({"NEXUS_REDIS_URL": "redis://h"}, {"NEXUS_CONFIG": str(tmp_path / "nexus.env")}):
        (notice,) = notices(given)
        assert "NEXUS_REDIS_URL is not needed" in notice
    assert notices({}) == []


def test_a_file_of_settings(tmp_path: Path) -> None:
    """A `.env` file is read, comments and quotes understood; the environment comes first."""
    file = tmp_path / "nexus.env"
    file.write_text(
        "# ours\n\nNEXUS_API_PORT=9000\nexport NEXUS_LOG_LEVEL='debug'\nNEXUS_ADMIN_USERNAME=\"ann=b\"\nnoise\n"
    )
    settings = load({"NEXUS_CONFIG": str(file), "NEXUS_API_PORT": "9001"})
    assert (settings.api_port, settings.log_level, settings.admin_username) == (9001, "debug", "ann=b")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"NEXUS_ENVIRONMENT": "prod"}, ["NEXUS_ENVIRONMENT", "'prod'", "development, production"]),
        ({"NEXUS_API_PORT": "http"}, ["NEXUS_API_PORT", "'http'", "whole number"]),
        ({"NEXUS_API_PORT": "0"}, ["NEXUS_API_PORT", "no port"]),
        ({"NEXUS_API_PORT": "65536"}, ["NEXUS_API_PORT", "no port"]),
        ({"NEXUS_GRPC_PORT": "65536"}, ["NEXUS_GRPC_PORT", "no port"]),
        ({"NEXUS_GRPC_PORT": "8080"}, ["NEXUS_GRPC_PORT", "NEXUS_API_PORT", "each needs its own"]),
        ({"NEXUS_STREAM_LIFETIME_SECONDS": "long"}, ["NEXUS_STREAM_LIFETIME_SECONDS", "a number"]),
        ({"NEXUS_STREAM_LIFETIME_SECONDS": "nan"}, ["NEXUS_STREAM_LIFETIME_SECONDS", "above 0"]),
        ({"NEXUS_STREAM_LIFETIME_SECONDS": "inf"}, ["NEXUS_STREAM_LIFETIME_SECONDS", "above 0"]),
        ({"NEXUS_STREAM_LIFETIME_SECONDS": "-1"}, ["NEXUS_STREAM_LIFETIME_SECONDS", "above 0"]),
        ({"NEXUS_AUDIT_DAYS": "0"}, ["NEXUS_AUDIT_DAYS", "above 0"]),
        ({"NEXUS_LOG_ADDRESSES": "perhaps"}, ["NEXUS_LOG_ADDRESSES", "true or false"]),
        ({"NEXUS_MAX_BODY_BYTES": "0"}, ["NEXUS_MAX_BODY_BYTES", "above 0"]),
        ({"NEXUS_RATE_LIMIT_ENABLED": "maybe"}, ["NEXUS_RATE_LIMIT_ENABLED", "true or false"]),
        ({"NEXUS_RATE_LIMIT_MAX_REQUESTS": "0"}, ["NEXUS_RATE_LIMIT_MAX_REQUESTS", "above 0"]),
        ({"NEXUS_RATE_LIMITS": "tasks"}, ["NEXUS_RATE_LIMITS", "'tasks'", "tasks=500"]),
        ({"NEXUS_RATE_LIMITS": "tasks=0"}, ["NEXUS_RATE_LIMITS", "'tasks=0'"]),
        ({"NEXUS_TRUSTED_PROXIES": "proxy"}, ["NEXUS_TRUSTED_PROXIES", "'proxy'"]),
        ({"NEXUS_TRUSTED_PROXIES": "10.0.0.1/8"}, ["NEXUS_TRUSTED_PROXIES", "host bits"]),
        ({"NEXUS_MONGO_DRIVER": "other"}, ["NEXUS_MONGO_DRIVER", "motor, pymongo"]),
        ({"NEXUS_LOG_LEVEL": "loud"}, ["NEXUS_LOG_LEVEL", "debug, info, warning, error"]),
        ({"NEXUS_DATABASE_URL": "postgresql://u:swordfish@h/n"}, ["NEXUS_DATABASE_URL", "mongodb://", "postgresql"]),
        ({"NEXUS_AMQP_URL": "redis://:swordfish@h"}, ["NEXUS_AMQP_URL", "amqp://"]),
        ({"NEXUS_WORKERS": "0"}, ["NEXUS_WORKERS", "1 or more"]),
        ({"NEXUS_WORKERS": "2"}, ["NEXUS_WORKERS", "NEXUS_DATABASE_URL"]),
        ({"NEXUS_WORKERS": "2", "NEXUS_DATABASE_URL": "mongodb://h"}, ["NEXUS_WORKERS", "NEXUS_AMQP_URL"]),
        ({"NEXUS_TLS_CERT_PATH": "/c.pem"}, ["NEXUS_TLS_CERT_PATH", "NEXUS_TLS_KEY_PATH"]),
        ({"NEXUS_TLS_KEY_PATH": "/k.pem"}, ["NEXUS_TLS_CERT_PATH", "NEXUS_TLS_KEY_PATH"]),
        ({"NEXUS_CONFIG": "/nowhere/nexus.env"}, ["/nowhere/nexus.env", "No such file"]),
        ({"NEXUS_JWT_SECRET_FILE": "/nowhere/jwt"}, ["NEXUS_JWT_SECRET_FILE", "/nowhere/jwt", "No such file"]),
        ({"NEXUS_JWT_SECRET": "swordfish"}, ["NEXUS_JWT_SECRET", "32 bytes"]),
        ({"NEXUS_AMQP_AUTH_SECRET": "swordfish"}, ["NEXUS_AMQP_AUTH_SECRET", "32"]),
        ({"NEXUS_AMQP_AUTH_SECRET": "swordfish:@/" * 4}, ["NEXUS_AMQP_AUTH_SECRET", "letters, digits"]),
        ({"NEXUS_ENCRYPTION_KEY": "swordfish"}, ["NEXUS_ENCRYPTION_KEY", "key 1", "32 bytes"]),
        ({"NEXUS_ENCRYPTION_KEY": "5ec7e7f0" * 8 + ",swordfish"}, ["NEXUS_ENCRYPTION_KEY", "key 2", "32 bytes"]),
        ({"NEXUS_GOOGLE_ROLES": "ann=council"}, ["NEXUS_GOOGLE_ROLES", "'ann'", "mail address"]),
        ({"NEXUS_GOOGLE_ROLES": "ann@example.org"}, ["NEXUS_GOOGLE_ROLES", "no role", "seedbringer"]),
        ({"NEXUS_GOOGLE_ROLES": "a@b=council,A@b=agent"}, ["NEXUS_GOOGLE_ROLES", "twice"]),
        ({"NEXUS_GOOGLE_JWKS_URL": "ftp://h"}, ["NEXUS_GOOGLE_JWKS_URL", "https://"]),
        ({"NEXUS_ADMIN_API_KEY": "swordfish"}, ["NEXUS_ADMIN_API_KEY", "nexus_sk_live_"]),
        ({"NEXUS_ADMIN_API_KEY": "nexus_sk_live_swordfish"}, ["NEXUS_ADMIN_API_KEY", "nexus_sk_live_"]),
    ],
)
def test_an_error_says_what_to_do(given: dict[str, str], words: list[str]) -> None:
    """A variable that cannot be used is named with what it takes, and no secret is repeated."""
    with pytest.raises(SettingsError) as problem:
        load(given)
    assert all(word in str(problem.value) for word in words), str(problem.value)
    assert "swordfish" not in str(problem.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x80"])
def test_a_file_that_is_no_text_is_an_error(tmp_path: Path, content: bytes) -> None:
    """Bytes where a text should be are told, not thrown."""
    (tmp_path / "file").write_bytes(content)
    for name in ("NEXUS_JWT_SECRET_FILE", "NEXUS_CONFIG"):
        with pytest.raises(SettingsError, match="cannot be read"):
            load({name: str(tmp_path / "file")})


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("given", ["", "short"])
def test_production_refuses_missing_and_weak_secrets(name: str, given: str) -> None:
    """In production every secret must be there and strong; the others are not blamed."""
    with pytest.raises(SettingsError) as problem:
        load({**STRONG, variable(name): given})
    assert variable(name) in str(problem.value)
    assert not any(variable(other) in str(problem.value) for other in SECRETS if other != name)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("jwt_secret", "ab" * 16),
        ("admin_api_key", "nexus_sk_live_a_" + "a" * 30),
        ("amqp_auth_secret", "ab" * 16),
    ],
)
def test_production_refuses_secrets_that_repeat_themselves(name: str, secret: str) -> None:
    """Length alone makes no secret."""
    with pytest.raises(SettingsError, match=variable(name)):
        load({**STRONG, variable(name): secret})


@pytest.mark.parametrize("key", [b"correct horse battery staple yes", b"\x01\xfe" * 16])
def test_production_refuses_encryption_keys_that_nobody_drew(key: bytes) -> None:
    """A key that is a text or repeats itself is weak, whichever of several it is, and however it is written."""
    for given in (key.hex(), b64encode(key).decode()):
        for keys in (given, f"{STRONG['NEXUS_ENCRYPTION_KEY']}, {given}"):
            with pytest.raises(SettingsError, match=r"NEXUS_ENCRYPTION_KEY must be strong"):
                load({**STRONG, "NEXUS_ENCRYPTION_KEY": keys})
            assert load({"NEXUS_ENCRYPTION_KEY": keys}).encryption_key == keys


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "changeme", "QWERTY123", "1234567"])
def test_production_refuses_common_passwords(password: str) -> None:
    """What everybody tries first is no password, in whatever case; in development it is the operator's affair."""
    with pytest.raises(SettingsError, match=r"strong: NEXUS_ADMIN_PASSWORD .*not a common one"):
        load({**STRONG, "NEXUS_ADMIN_PASSWORD": password})
    assert load({"NEXUS_ADMIN_PASSWORD": password}).admin_password == password


def test_many_workers_share_a_store_and_a_broker() -> None:
    """With both, any number of workers may serve."""
    shared = {"NEXUS_DATABASE_URL": "mongodb://h", "NEXUS_AMQP_URL": "amqp://h"}
    assert load({**shared, "NEXUS_WORKERS": "4"}).workers == 4


def test_production_with_strong_secrets(tmp_path: Path) -> None:
    """With all of them, production starts, and nothing is made or written."""
    settings = load({**STRONG, "NEXUS_DATA_DIR": str(tmp_path / "data")})
    assert with_secrets(settings, new_key) is settings
    assert not (tmp_path / "data").exists()


def test_generated_secrets_are_private_and_stable(tmp_path: Path) -> None:
    """What is not set is made once, for its owner's eyes only, and is the same after a restart."""
    folder = tmp_path / "deep" / "data"
    first = with_secrets(Settings(data_dir=folder), new_key)
    file = folder / "generated-secrets.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert with_secrets(Settings(data_dir=folder), new_key) == first
    assert len(first.jwt_secret) >= 32
    assert first.admin_api_key.startswith("nexus_sk_live_")
    assert load({"NEXUS_CONFIG": str(file), "NEXUS_DATA_DIR": str(folder)}) == first


def test_a_new_data_directory_is_private(tmp_path: Path) -> None:
    """Nobody else may look into the directory that we make."""
    with_secrets(Settings(data_dir=tmp_path / "data"), new_key)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_what_is_kept_is_not_written_again(tmp_path: Path) -> None:
    """A start that makes nothing new writes nothing, and no start leaves anything beside the file."""
    first = with_secrets(Settings(data_dir=tmp_path), new_key)
    (file,) = tmp_path.iterdir()
    before = file.stat()
    assert with_secrets(Settings(data_dir=tmp_path), new_key) == first
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is replaced at once or not at all, and the cause is told in one line."""
    file = tmp_path / "generated-secrets.env"
    file.write_text("NEXUS_JWT_SECRET=" + "x" * 32 + "\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left on device"):
        with_secrets(Settings(data_dir=tmp_path), new_key)
    assert file.read_text() == "NEXUS_JWT_SECRET=" + "x" * 32 + "\n"
    assert list(tmp_path.iterdir()) == [file]


def test_servers_that_start_together_make_one_set_of_secrets(tmp_path: Path) -> None:
    """However many processes start for the first time at once, all have the same secrets."""

    def slow_key() -> str:
        time.sleep(0.01)
        return new_key()

    with ThreadPoolExecutor(8) as threads:
        starts = [threads.submit(with_secrets, Settings(data_dir=tmp_path / "data"), slow_key) for _ in range(8)]
    assert len({start.result() for start in starts}) == 1


def test_kept_secrets_are_checked_too(tmp_path: Path) -> None:
    """A file that somebody has edited is held to the same rules."""
    (tmp_path / "generated-secrets.env").write_text("NEXUS_JWT_SECRET=short\n")
    with pytest.raises(SettingsError, match="NEXUS_JWT_SECRET needs at least 32 bytes"):
        with_secrets(Settings(data_dir=tmp_path), new_key)


def test_two_installations_do_not_share_secrets(tmp_path: Path) -> None:
    """Secrets are made by chance."""
    first, second = (with_secrets(Settings(data_dir=tmp_path / name), new_key) for name in ("a", "b"))
    assert all(getattr(first, name) != getattr(second, name) for name in SECRETS)


def test_a_given_secret_stays(tmp_path: Path) -> None:
    """Only what is missing is made, and what is given is not written down."""
    settings = with_secrets(Settings(data_dir=tmp_path, admin_password="Admin123!"), new_key)
    assert settings.admin_password == "Admin123!"
    assert "Admin123!" not in (tmp_path / "generated-secrets.env").read_text()


def test_a_loose_file_of_secrets_is_made_private(tmp_path: Path) -> None:
    """A file that others could read is theirs no more after a start that writes it."""
    file = tmp_path / "generated-secrets.env"
    file.write_text("NEXUS_JWT_SECRET=" + "x" * 32 + "\n")
    file.chmod(0o644)
    assert with_secrets(Settings(data_dir=tmp_path), new_key).jwt_secret == "x" * 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_settings_do_not_print_secrets() -> None:
    """Whoever prints the settings prints no secret."""
    settings = Settings(**dict.fromkeys((*SECRETS, "database_url", "amqp_url", "amqp_auth_secret"), "swordfish"))
    assert "swordfish" not in repr(settings)
