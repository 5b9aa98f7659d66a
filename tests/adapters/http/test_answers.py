"""What every path answers beyond its operations: methods, credentials, identifiers, headers."""

from collections.abc import Callable

import httpx
import pytest

from tests.serving import Running, talk

PATHS = {
    "/tasks": "GET, HEAD, POST, OPTIONS",
    "/v1/tasks/task_1": "DELETE, GET, HEAD, PATCH, OPTIONS",
    "/v2/tasks": "GET, HEAD, POST, OPTIONS",
    "/api/agents/web_agent/task": "POST, OPTIONS",
    "/healthz": "GET, HEAD, OPTIONS",
    "/v2/events/stream": "GET, HEAD, OPTIONS",
}
READABLE = [
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/asyncapi.yaml",
    "/docs",
    "/docs/assets/pages.css",
    "/tasks",
    "/v2/tasks",
]
BY_DIALECT = {"ggi": "/tasks", "v1": "/v1/tasks", "v2": "/v2/tasks", "lexos": "/api/tasks"}
UNKNOWN = [
    "/nothing",
    "/v1/nothing",
    "/v2/nothing",
    "/api/nothing",
    "/api/v1/nothing",
    "/tasks/",
    "/v2%2Ftasks",
    "//tasks",
]


@pytest.mark.parametrize(("path", "allowed"), PATHS.items())
def test_options_names_every_method(stranger: httpx.Client, path: str, allowed: str) -> None:
    """OPTIONS asks for no credentials and says all that is possible."""
    answer = stranger.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allowed, b"")


@pytest.mark.parametrize(("path", "allowed"), PATHS.items())
@pytest.mark.parametrize("method", ["PUT", "TRACE", "PROPFIND"])
def test_another_method_is_not_allowed(stranger: httpx.Client, path: str, allowed: str, method: str) -> None:
    """A method that the path does not have is refused with all that it has."""
    answer = stranger.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", READABLE)
def test_head_is_get_without_a_body(client: httpx.Client, path: str) -> None:
    """HEAD has the status and the headers of GET, the length included, and nothing else; it is one request more."""
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code == 200
    assert headed.content == b""
    differing = {"x-request-id", "date", "x-ratelimit-remaining", "x-ratelimit-reset"}
    assert without(headed.headers, differing) == without(got.headers, differing)
    resets = [answer.headers.get("x-ratelimit-reset", "0") for answer in (got, headed)]
    assert 0 <= int(resets[1]) - int(resets[0]) <= 61  # a window that others began may have turned


@pytest.mark.parametrize("path", ["/healthz", "/v2/tasks"])
def test_no_server_has_to_cut_off_a_body(shared_server: Running, path: str) -> None:
    """The application itself sends no body to HEAD, whether it answers or refuses, whatever serves it."""
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "HEAD",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    shared_server.wait(shared_server.nexus.app(scope, None, send))
    assert [message.get("body", b"") for message in sent] == [b"", b""]


def test_head_of_what_is_not_there(client: httpx.Client) -> None:
    """A refusal of HEAD has no body either."""
    answer = client.head("/v2/tasks/task_none")
    assert (answer.status_code, answer.content) == (404, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_unknown_path_is_not_found(client: httpx.Client, path: str) -> None:
    """What is not in the contract is not found, whoever asks, in the dialect of the path."""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/nothing", {"error": {"code": "not_found"}}),
        ("/v1/nothing", {"error": {"code": "NOT_FOUND"}}),
        ("/v2/nothing", {"error": {"code": "NOT_FOUND"}}),
        ("/api/nothing", {"error": True, "code": "NOT_FOUND"}),
        ("/api/v1/nothing", {"error": "There is nothing at this path"}),
        ("/apis", {"error": {"code": "not_found"}}),
    ],
)
def test_an_unknown_path_is_answered_in_its_dialect(stranger: httpx.Client, path: str, shape: dict) -> None:
    """The longest prefix decides which dialect says no."""
    body = stranger.get(path).json()
    error, wanted = body["error"], shape["error"]
    assert {name: body[name] for name in shape if name != "error"} == {k: v for k, v in shape.items() if k != "error"}
    assert error["code"] == wanted["code"] if isinstance(wanted, dict) else error == wanted


@pytest.mark.parametrize("path", BY_DIALECT.values())
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Basic YTpi", "Bearer nobody", "bearer nexus_sk_live_0_0", "nexus", "Bearer a b"],
)
def test_a_caller_nobody_knows_is_challenged(stranger: httpx.Client, path: str, authorization: str | None) -> None:
    """Missing, foreign and wrong credentials are refused with how to come back."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = stranger.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="nexus"'


def test_the_scheme_has_no_case(stranger: httpx.Client, key: str) -> None:
    """`bearer`, `BEARER` and spaces around the token are the same credentials."""
    for scheme in ("bearer", "BEARER", "Bearer  "):
        assert stranger.get("/v2/tasks", headers={"Authorization": f"{scheme} {key}"}).status_code == 200


def test_credentials_come_before_anything_else(stranger: httpx.Client) -> None:
    """Who is not known learns nothing of the request's other mistakes."""
    answer = stranger.post("/v2/tasks?unknown=1", content=b"{", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("guest", "GET", "/v2/tasks", 200),
        ("guest", "POST", "/v2/tasks", 403),
        ("guest", "GET", "/v2/events/stream", 403),
        ("guest", "GET", "/metrics", 403),
        ("agent", "POST", "/tasks", 403),
        ("observer", "GET", "/tasks", 403),
        ("council", "GET", "/v1/tasks", 200),
        ("council", "DELETE", "/v1/tasks/task_1", 403),
        ("family_member", "PATCH", "/api/tasks/task_1", 400),
        ("observer", "PATCH", "/api/tasks/task_1", 403),
        ("nobody", "GET", "/api/tasks", 403),
    ],
)
def test_a_role_may_what_its_scopes_say(
    client_as: Callable[[str], httpx.Client], role: str, method: str, path: str, status: int
) -> None:
    """The contract's table of roles and its scopes per operation decide."""
    headers = {"Content-Type": "application/json"}
    assert client_as(role).request(method, path, headers=headers).status_code == status


@pytest.mark.parametrize("given", ["req_abc123", "a", "x" * 128, "A.b:c-d_e"])
def test_a_request_keeps_its_identifier(stranger: httpx.Client, given: str) -> None:
    """A caller's identifier comes back, in the header and in an error."""
    assert stranger.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given
    refused = stranger.get("/v2/tasks", headers={"X-Request-ID": given})
    assert refused.headers["x-request-id"] == refused.json()["error"]["request_id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", '"', "<script>", "a,b"])
def test_a_bad_identifier_is_replaced(stranger: httpx.Client, given: str) -> None:
    """What could do harm in a log is not taken over."""
    answers = [stranger.get("/healthz", headers={"X-Request-ID": given.encode()}) for _ in range(2)]
    identifiers = {answer.headers["x-request-id"] for answer in answers}
    assert len(identifiers) == 2
    assert all(identifier.startswith("req_") for identifier in identifiers)


def test_answers_are_not_cached_or_sniffed(stranger: httpx.Client) -> None:
    """Every answer carries the headers that the specification prints, and none names the server's software."""
    answer = stranger.get("/healthz")
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def test_the_pages_bring_their_own_policy(stranger: httpx.Client) -> None:
    """A page's policy replaces the usual one, so that there are never two."""
    answer = stranger.get("/docs")
    assert answer.headers.get_list("content-security-policy") == [answer.headers["content-security-policy"]]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert stranger.get("/docs/assets/pages.css").headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("asset", "status"),
    [
        ("..%2Fopenapi.json", 400),
        ("nothing.js", 404),
        ("a/../../openapi.json", 404),
        (".hidden", 400),
        ("x" * 65, 400),
    ],
)
def test_only_the_pages_own_assets_are_sent(stranger: httpx.Client, asset: str, status: int) -> None:
    """No name of an asset leads out of the assets."""
    assert stranger.get(f"/docs/assets/{asset}").status_code == status


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"BREW /tasks HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=[
        "TLS",
        "words",
        "no path",
        "method",
        "version",
        "raw text",
        "header",
        "two lengths",
        "negative",
        "length and chunks",
    ],
)
def test_what_is_not_http_is_told_so(shared_server: Running, request_bytes: bytes) -> None:
    """Bytes that are no request get a whole answer with all its headers, and the connection ends."""
    head, _, body = talk(shared_server, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    for expected in (b"x-content-type-options: nosniff", b"x-request-id: req_", b"connection: close"):
        assert expected in head
    assert b'"code":"invalid_request"' in body


def without(headers: httpx.Headers, names: set[str]) -> dict[str, str]:
    """Headers but for some."""
    return {name: value for name, value in headers.items() if name not in names}
