"""Users as the LexOS documentation prints them, and logging out."""

from uuid import uuid4

import httpx
import pytest

from handlers.dialects.lexos.mapping import size_text
from tests.dialects.shapes import resembles
from tests.serving import Connect, Running, a_second_later

JOHN = {
    "username": "john_sharma",
    "email": "john@sharma.family",
    "full_name": "John Sharma",
    "password": "SecurePass123!",
    "role": "family_member",
    "security_level": "SAFE",
    "agent_access_level": "BASIC",
}
MADE = {"success": True, "user_id": "user_456", "username": "john_sharma", "workspace_created": True}
LISTED = {
    "users": [
        {
            "user_id": "user_123",
            "username": "admin",
            "email": "admin@sharma.family",
            "full_name": "System Administrator",
            "role": "admin",
            "status": "active",
            "security_level": "ADMIN",
            "agent_access_level": "FULL",
            "created_at": 1703880000,
            "last_login": 1703980700,
            "total_tasks": 156,
            "workspace_size": "2.1GB",
        }
    ],
    "total": 1,
    "timestamp": 1703980800,
}
TASK = {"task_type": "web_scrape", "parameters": {}}


def someone(**given: str) -> dict[str, str]:
    """The printed user under names that nobody has yet."""
    name = f"john_{uuid4().hex}"
    return {**JOHN, "username": name, "email": f"{name}@sharma.family", **given}


@pytest.fixture
def john(client: httpx.Client) -> dict[str, str]:
    """A user of the test's tenant, with the identifier that they were given."""
    given = someone()
    return {**given, "user_id": client.post("/api/admin/users", json=given).json()["user_id"]}


def logged_in(shared_server: Running, connect: Connect, user: dict[str, str]) -> httpx.Client:
    """A client in whose name the user has logged in."""
    given = {"username": user["username"], "password": user["password"]}
    session = connect(shared_server).post("/api/auth/login", json=given)
    return connect(shared_server, session.json()["token"])


def test_the_printed_creation(client: httpx.Client) -> None:
    """The printed request makes a user as printed, who is found where the answer says."""
    given = someone()
    made = client.post("/api/admin/users", json=given)
    assert made.status_code == 201
    resembles(made.json(), MADE)
    user = client.get(made.headers["location"]).json()
    resembles(user, {name: value for name, value in LISTED["users"][0].items() if name != "last_login"})
    assert {name: user[name] for name in given if name != "password"} == {
        name: given[name] for name in given if name != "password"
    }


def test_the_printed_list(client: httpx.Client, shared_server: Running, connect: Connect, john: dict[str, str]) -> None:
    """The tenant's people are listed as printed, with what they have done."""
    person = logged_in(shared_server, connect, john)
    for _ in range(3):
        assert person.post("/api/agents/web_agent/task", json=TASK).status_code == 201
    answer = client.get("/api/admin/users", params={"role": "family_member"})
    resembles(answer.json(), LISTED)
    (listed,) = answer.json()["users"]
    assert (listed["total_tasks"], answer.json()["total"]) == (3, 1)
    assert 1 <= float(listed["workspace_size"].removesuffix("KB")) <= 4


def test_what_is_kept_grows_with_what_is_given(
    client: httpx.Client, shared_server: Running, connect: Connect, john: dict[str, str]
) -> None:
    """Nobody has anything at first; a task of 100 KB shows, and goes on to be kept when it is deleted."""
    path, person = f"/api/admin/users/{john['user_id']}", logged_in(shared_server, connect, john)
    assert client.get(path).json()["workspace_size"] == "0B"
    made = person.post("/api/agents/web_agent/task", json={**TASK, "parameters": {"text": "x" * 102_400}}).json()
    for _ in range(2):
        size = client.get(path).json()["workspace_size"]
        assert 100 <= float(size.removesuffix("KB")) <= 110
        person.delete(f"/api/tasks/{made['task_id']}")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1KB"),
        (1536, "1.5KB"),
        (1024**2 - 1, "1MB"),
        (2_254_857_830, "2.1GB"),
        (5000 * 1024**5, "5000PB"),
    ],
)
def test_sizes_are_written_as_printed(size: int, text: str) -> None:
    """In the largest unit of which there is one, with one decimal at most."""
    assert size_text(size) == text


def test_the_list_is_filtered_and_cut(client: httpx.Client) -> None:
    """Filters by role and status combine; pages and totals agree."""
    for role in ("guest", "guest", "family_member"):
        assert client.post("/api/admin/users", json=someone(role=role)).status_code == 201
    suspended = client.get("/api/admin/users", params={"role": "guest", "limit": 1}).json()
    assert (len(suspended["users"]), suspended["total"]) == (1, 2)
    path = f"/api/admin/users/{suspended['users'][0]['user_id']}"
    assert client.patch(path, json={"status": "suspended"}).json()["status"] == "suspended"
    assert client.get("/api/admin/users", params={"role": "guest", "status": "suspended"}).json()["total"] == 1
    assert client.get("/api/admin/users", params={"limit": 10, "offset": 4}).json()["users"] == []
    assert client.get("/api/admin/users").json()["total"] == 4


@pytest.mark.parametrize("role", ["admin", "family_member", "guest"])
def test_levels_go_with_the_role(client: httpx.Client, role: str) -> None:
    """Without levels of their own, a user has those of their role."""
    given = {name: value for name, value in someone(role=role).items() if not name.endswith("_level")}
    user = client.get(client.post("/api/admin/users", json=given).headers["location"]).json()
    levels = {"admin": ("ADMIN", "FULL"), "family_member": ("SAFE", "BASIC"), "guest": ("RESTRICTED", "LIMITED")}
    assert (user["security_level"], user["agent_access_level"]) == levels[role]


@pytest.mark.parametrize("field", ["username", "email"])
def test_what_is_taken_is_a_conflict(client: httpx.Client, john: dict[str, str], field: str) -> None:
    """A name or an address that somebody has is refused with 409."""
    answer = client.post("/api/admin/users", json=someone(**{field: john[field]}))
    assert (answer.status_code, answer.json()["details"]["field"]) == (409, field)


def test_a_suspension_takes_hold_within_a_second(
    client: httpx.Client, shared_server: Running, connect: Connect, john: dict[str, str]
) -> None:
    """A suspended user's token is refused, and so is their password."""
    person = logged_in(shared_server, connect, john)
    assert person.get("/api/tasks").status_code == 200
    client.patch(f"/api/admin/users/{john['user_id']}", json={"status": "suspended"})
    assert a_second_later(lambda: person.get("/api/tasks").status_code == 401)
    given = {"username": john["username"], "password": john["password"]}
    assert connect(shared_server).post("/api/auth/login", json=given).status_code == 401


def test_a_user_is_changed_and_deleted(
    client: httpx.Client, shared_server: Running, connect: Connect, john: dict[str, str]
) -> None:
    """A new password is the one that counts; a deleted user is found no more, and their token is refused."""
    path = f"/api/admin/users/{john['user_id']}"
    changed = client.patch(path, json={"password": "NewSecure456!", "role": "guest", "full_name": "J. Sharma"}).json()
    assert (changed["role"], changed["full_name"]) == ("guest", "J. Sharma")
    person = logged_in(shared_server, connect, {**john, "password": "NewSecure456!"})
    assert person.post("/api/agents/web_agent/task", json=TASK).status_code == 403
    assert client.delete(path).json() == {"success": True, "user_id": john["user_id"], "status": "deleted"}
    assert [client.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert a_second_later(lambda: person.get("/api/tasks").status_code == 401)


def test_nobody_deletes_themselves(shared_server: Running, connect: Connect, tenant: str) -> None:
    """The hand that could open the door again stays inside."""
    person = connect(shared_server, shared_server.session_for("admin", tenant))
    (me,) = person.get("/api/admin/users").json()["users"]
    path = f"/api/admin/users/{me['user_id']}"
    assert person.delete(path).status_code == 409
    assert person.patch(path, json={"role": "guest"}).status_code == 409


def test_a_logout_ends_the_token(shared_server: Running, connect: Connect, key: str, john: dict[str, str]) -> None:
    """After logging out the token is refused within a second; a key has no session to end."""
    person = logged_in(shared_server, connect, john)
    assert person.post("/api/auth/logout").json() == {"success": True, "status": "logged_out"}
    assert a_second_later(lambda: person.post("/api/auth/logout").status_code == 401)
    assert connect(shared_server, key).post("/api/auth/logout").status_code == 409


def test_an_address_logs_in(shared_server: Running, connect: Connect, john: dict[str, str]) -> None:
    """The user name may be the e-mail address."""
    assert logged_in(shared_server, connect, {**john, "username": john["email"].upper()}).get("/api/tasks").is_success
