"""What RabbitMQ asks, in its words: forms in, one word out, and nobody else is answered."""

from collections.abc import Callable

import httpx
import pytest

from handlers.core.credentials import key_id
from tests.serving import ADMIN_KEY, BROKER_SECRET, Connect, Running

Asked = dict[str, dict[str, str]]
QUESTIONS = ("user", "vhost", "resource", "topic")


@pytest.fixture
def broker(shared_server: Running, connect: Connect) -> httpx.Client:
    """The broker."""
    client = connect(shared_server)
    client.auth = ("rabbitmq", BROKER_SECRET)
    return client


@pytest.fixture
def questions(key: str, tenant: str) -> Asked:
    """What is asked about an administrator's key, and may be."""
    user = {"username": key_id(key)}
    vhost = {**user, "vhost": "/", "tags": ""}
    return {
        "user": {**user, "password": key},
        "vhost": {**vhost, "ip": "203.0.113.7"},
        "resource": {**vhost, "resource": "queue", "name": f"{tenant}.mine", "permission": "configure"},
        "topic": {
            **vhost, "resource": "topic", "name": "nexus.events", "permission": "read",
            "routing_key": f"{tenant}.#", "variable_map.username": key_id(key),
        },
    }  # fmt: skip


def told(client: httpx.Client, event_type: str) -> list[dict]:
    """The entries of a type in the caller's audit log."""
    return client.get("/v2/audit", params={"event_type": event_type}).json()["data"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_may_be_is_allowed(broker: httpx.Client, questions: Asked, question: str) -> None:
    """The answer is the word that RabbitMQ waits for, as plain text."""
    answer = broker.post(f"/v2/broker/{question}", data=questions[question])
    assert (answer.status_code, answer.text) == (200, "allow")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("question", "changes"),
    [("vhost", {"vhost": "other"}), ("resource", {"name": "nexus.results"}), ("topic", {"routing_key": "#"})],
)
def test_what_may_not_be_is_denied_and_told(
    broker: httpx.Client, client: httpx.Client, questions: Asked, question: str, changes: dict[str, str]
) -> None:
    """A denial is a success to RabbitMQ; the log of the tenant knows it as a denial, and of which key."""
    answer = broker.post(f"/v2/broker/{question}", data={**questions[question], **changes})
    assert (answer.status_code, answer.text) == (200, "deny")
    (entry,) = told(client, "access_denied")
    assert (entry["operation"], entry["outcome"]) == (f"v2.broker.check_{question}", "denied")
    assert (entry["details"]["key"], entry["details"]["status"]) == (questions["user"]["username"], 403)


def test_a_failed_login_is_told(
    broker: httpx.Client, connect: Connect, shared_server: Running, questions: Asked
) -> None:
    """In the installation's own log, with the name that was tried: whose it is nobody has shown."""
    answer = broker.post("/v2/broker/user", data={**questions["user"], "password": "wrong"})
    assert (answer.status_code, answer.text) == (200, "deny")
    entries = told(connect(shared_server, ADMIN_KEY), "login_failed")
    (entry,) = [entry for entry in entries if entry["details"].get("tried") == questions["user"]["username"]]
    assert (entry["operation"], entry["outcome"]) == ("v2.broker.check_user", "denied")


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_is_nobody_is_denied(broker: httpx.Client, questions: Asked, question: str) -> None:
    """Whatever is asked about a user whom we do not know, the answer is no."""
    for name in ("guest", "f" * 64, ""):
        answer = broker.post(f"/v2/broker/{question}", data={**questions[question], "username": name})
        assert (answer.status_code, answer.text) == (200, "deny")


def test_a_connection_is_a_login(broker: httpx.Client, client: httpx.Client, questions: Asked) -> None:
    """Once for each connection, with where it comes from; questions about resources are reads."""
    for question in QUESTIONS:
        broker.post(f"/v2/broker/{question}", data=questions[question])
    (entry,) = told(client, "login")
    assert (entry["operation"], entry["outcome"]) == ("v2.broker.check_vhost", "success")
    assert entry["details"]["address"] == "203.0.113.7"
    assert entry["details"]["key"] == questions["user"]["username"]


def test_guesses_are_not_heard_for_long(serve: Callable[..., Running], connect: Connect) -> None:
    """After as many failures as the contract admits a name is denied unheard, and what follows is not listed."""
    server = serve(rate_limits="v2.authentication=3")
    broker = connect(server)
    user = {"username": key_id(ADMIN_KEY), "password": ADMIN_KEY}
    broker.auth = ("rabbitmq", BROKER_SECRET)
    for _ in range(5):
        assert broker.post("/v2/broker/user", data={**user, "password": "wrong"}).text == "deny"
    assert broker.post("/v2/broker/user", data=user).text == "deny"
    assert len(told(connect(server, ADMIN_KEY), "login_failed")) == 3
    assert broker.post("/v2/broker/vhost", data={**user, "vhost": "/"}).text == "allow"


@pytest.mark.parametrize("question", QUESTIONS)
def test_nobody_but_the_broker_is_answered(
    stranger: httpx.Client, client: httpx.Client, questions: Asked, question: str
) -> None:
    """No key and no other password opens these, and the challenge says what would."""
    path, form = f"/v2/broker/{question}", questions[question]
    asked = [
        stranger.post(path, data=form),
        client.post(path, data=form),
        stranger.post(path, data=form, auth=("rabbitmq", "wrong")),
        stranger.post(path, data=form, auth=("admin", BROKER_SECRET)),
        stranger.post(path, data=form, headers={"Authorization": "Basic !"}),
        stranger.post(path, data=form, headers={"Authorization": "Basic YWJj"}),
    ]
    assert {(answer.status_code, answer.headers["www-authenticate"]) for answer in asked} == {
        (401, 'Basic realm="nexus"')
    }


def test_strangers_do_not_guess_the_secret(serve: Callable[..., Running], connect: Connect) -> None:
    """Ten tries a minute from one place are heard; the broker, at the same address, asks on."""
    server = serve(rate_limits="")
    stranger, broker = connect(server), connect(server)
    broker.auth = ("rabbitmq", BROKER_SECRET)
    form = {"username": "a"}
    tries = [stranger.post("/v2/broker/user", data=form, auth=("rabbitmq", "x")).status_code for _ in range(12)]
    assert tries == [401] * 10 + [429] * 2
    assert {broker.post("/v2/broker/user", data=form).status_code for _ in range(12)} == {200}


def test_without_a_secret_nobody_is_answered(serve: Callable[..., Running], connect: Connect) -> None:
    """A server that was not told one answers no broker, not even one that has none either."""
    client = connect(serve(amqp_auth_secret=""))
    assert client.post("/v2/broker/user", data={"username": "a"}, auth=("rabbitmq", "")).status_code == 401


@pytest.mark.parametrize(
    "form",
    [b"username=a&username=b", b"username=%ff", b"username=\xc3\xa4", b"username", b"password=x", b"&username=a"],
)
def test_what_is_no_form_is_refused(broker: httpx.Client, form: bytes) -> None:
    """A field that comes twice or is missing, and bytes that are no text, are 400."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert broker.post("/v2/broker/user", content=form, headers=headers).status_code == 400


def test_another_media_type_is_refused(broker: httpx.Client) -> None:
    """A form is what RabbitMQ sends, and all that is read."""
    assert broker.post("/v2/broker/user", json={"username": "a"}).status_code == 415
