"""The calls that the SDK guide prints, against a real server."""

from nexus_client import NexusClient, errors

from tests.clients.conftest import promised, refusing
from tests.serving import Running


def test_the_first_example(shared_server: Running, key: str, monkeypatch) -> None:
    """The guide's Python example, letter by letter but for the address."""
    monkeypatch.setenv("NEXUS_API_KEY", key)
    example = """
from nexus_client import NexusClient
import os

client = NexusClient(
    api_key=os.getenv('NEXUS_API_KEY'),
    base_url='https://api.nexus.example.com'
)

# Submit a telemetry event
client.telemetry.submit({
    'event_type': 'system.metric',
    'source': 'my-app',
    'data': {
        'metric_name': 'api_response_time',
        'value': 125,
        'unit': 'ms'
    }
})
"""
    space: dict[str, NexusClient] = {}
    exec(example.replace("https://api.nexus.example.com", shared_server.url), space)
    (told,) = space["client"].telemetry.list_events()
    space["client"].close()
    assert (told.event_type, told.source) == ("system.metric", "my-app")
    assert told.data == {"metric_name": "api_response_time", "value": 125, "unit": "ms"}


def test_execute_a_command(nexus: NexusClient) -> None:
    """A command is executed, and its status read."""
    command = nexus.commands.execute(
        {
            "command_type": "deploy.app",
            "target": "production-server-01",
            "parameters": {"version": "v1.2.3", "rollback_on_failure": True},
        }
    )
    status = nexus.commands.get_status(command.command_id)
    assert (status.status, status.parameters["version"], status.success) == ("pending", "v1.2.3", None)


def test_create_a_task(nexus: NexusClient) -> None:
    """A task is created, and its progress reported."""
    task = nexus.tasks.create(
        {
            "title": "Deploy feature XYZ",
            "description": "Deploy the new authentication feature",
            "type": "deployment",
            "priority": "high",
            "assignee": "ai_agent_001",
        }
    )
    updated = nexus.tasks.update(task.task_id, {"status": "in_progress", "progress": 50})
    assert (updated.task_id, updated.status, updated.progress) == (task.task_id, "in_progress", 50)


def test_request_assistance(nexus: NexusClient) -> None:
    """A review is requested; its result is waited for, as long as the caller wants."""
    with promised("v2.ai.request_assistance"):
        asked = nexus.ai.request_assistance(
            {
                "request_type": "code_review",
                "target_agent": "code_reviewer_v1",
                "context": {"repository": "github.com/myorg/myrepo", "pull_request": 42},
                "parameters": {"check_security": True, "check_style": True},
            }
        )
        assert (asked.request_type, asked.target_agent) == ("code_review", "code_reviewer_v1")
    with refusing("v2.ai.get_result", errors.NotFound):
        nexus.ai.get_result("req_nobody", timeout=0)


def test_the_deployment_workflow(nexus: NexusClient) -> None:
    """The guide's workflow, with somebody who deploys; its review is promised as far as the contract says."""
    task = nexus.tasks.create({"title": "Deploy Feature XYZ", "type": "deployment", "priority": "high"})
    with promised("v2.ai.request_assistance"):
        review = nexus.ai.request_assistance({"request_type": "code_review", "context": {"pull_request": 42}})
        assert review.request_id.startswith("req_")
    command = nexus.commands.execute(
        {"command_type": "deploy.app", "target": "production", "parameters": {"version": "v1.2.3"}}
    )
    nexus.agents.register({"agent_id": "production", "name": "Production"})
    (lease,) = nexus.leases.take("production").data
    nexus.leases.complete(
        "production", lease.lease_id, {"fencing_token": lease.fencing_token, "result": {}, "duration": 2847}
    )
    result = nexus.commands.wait_for_completion(command.command_id)
    done = nexus.tasks.update(task.task_id, {"status": "completed" if result.success else "failed"})
    assert (result.success, result.duration, done.status) == (True, 2847, "completed")
    data = {"task_id": task.task_id, "success": result.success, "duration_ms": result.duration}
    nexus.telemetry.submit({"event_type": "deployment.complete", "data": data})
    (told,) = nexus.telemetry.list_events()
    assert (told.event_type, told.data) == ("deployment.complete", data)


def test_errors_have_codes(shared_server: Running) -> None:
    """Who has a wrong key is told so by a class and by the printed code."""
    stranger = NexusClient(api_key="nexus_sk_live_0_wrong", base_url=shared_server.url)
    try:
        stranger.tasks.list()
        raise AssertionError("A wrong key was let in")
    except errors.AuthenticationFailed as error:
        assert (error.code, error.status) == ("AUTHENTICATION_FAILED", 401)
        assert error.request_id.startswith("req_")
    finally:
        stranger.close()
