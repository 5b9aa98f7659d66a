"""How each dialect says the same things of a task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx


class Speaker:
    """One dialect. Facts come out in the core's words, times in whole seconds since the epoch."""

    name: str
    items: str
    title = "name"
    agent = "assigned_to"
    progress = "progress"
    running = "running"
    listing = "tasks"
    cancelled: Mapping[str, str] = {"status": "cancelled"}

    def create(self, client: httpx.Client, agent: str, parameters: Mapping[str, Any]) -> str:
        """A new task of that agent, if the dialect can say so."""
        body = {self.title: "data_processing", "type": "data_processing", "parameters": parameters, self.agent: agent}
        return identifier_of(client.post(self.items, json=body))

    def update(self, client: httpx.Client, identifier: str, status: str, percent: float) -> None:
        """A new status and progress."""
        body = {"status": self.running if status == "running" else status, self.progress: self.scaled(percent)}
        answer = client.patch(f"{self.items}/{identifier}", json=body)
        assert answer.status_code == 200, answer.text

    def complete(self, client: httpx.Client, identifier: str, result: Mapping[str, Any]) -> None:
        """The end of the work."""
        answer = client.patch(f"{self.items}/{identifier}", json={"status": "completed", "result": result})
        assert answer.status_code == 200, answer.text

    def delete(self, client: httpx.Client, identifier: str) -> None:
        """Take it away."""
        assert client.delete(f"{self.items}/{identifier}").status_code == 200

    def status_of_read(self, client: httpx.Client, identifier: str) -> int:
        """What a read is answered with."""
        return client.get(f"{self.items}/{identifier}").status_code

    def listed(self, client: httpx.Client) -> list[str]:
        """The identifiers in the list."""
        return [task["task_id"] for task in client.get(self.items).json()[self.listing]]

    def listed_cancelled(self, client: httpx.Client) -> list[str]:
        """The identifiers in the list of cancelled tasks."""
        return [task["task_id"] for task in client.get(self.items, params=self.cancelled).json()[self.listing]]

    def facts(self, client: httpx.Client, identifier: str) -> dict[str, Any]:
        """What the dialect says of a task, in the core's words."""
        task = self.flat(client.get(f"{self.items}/{identifier}").json())
        names = {self.progress: "progress", self.agent: "assigned_to", self.title: "name", "task_type": "type"}
        facts = {names.get(name, name): value for name, value in task.items()}
        facts["status"] = "running" if facts["status"] == self.running else facts["status"]
        facts["progress"] = facts["progress"] / self.scaled(100) * 100
        return {name: seconds(value) if name.endswith("_at") else value for name, value in facts.items()}

    def flat(self, task: dict[str, Any]) -> dict[str, Any]:
        """The task without inner structure."""
        return task

    def scaled(self, percent: float) -> float:
        """Progress as the dialect counts it."""
        return percent


class Ggi(Speaker):
    """The GGI specification."""

    name, items, progress, running = "ggi", "/tasks", "progress_percent", "in_progress"

    def flat(self, task: dict[str, Any]) -> dict[str, Any]:
        """The timeline is part of the task."""
        timeline = task.pop("timeline")
        return {**task, **timeline}


class V1(Speaker):
    """The v1 specification, which has no word for who works on a task."""

    name, items = "v1", "/v1/tasks"

    def create(self, client: httpx.Client, agent: str, parameters: Mapping[str, Any]) -> str:
        """A new task."""
        body = {"name": "data_processing", "type": "data_processing", "parameters": parameters}
        return identifier_of(client.post(self.items, json=body))


class V2(Speaker):
    """Our own dialect, in which lists of deleted tasks are asked for."""

    name, items, title, agent, running, listing = "v2", "/v2/tasks", "title", "assignee", "in_progress", "data"
    cancelled = {"status": "cancelled", "include": "deleted"}


class Lexos(Speaker):
    """LexOS, in which a task goes by its type and `queued` is all that has not begun."""

    name, items, agent = "lexos", "/api/tasks", "agent_id"

    def create(self, client: httpx.Client, agent: str, parameters: Mapping[str, Any]) -> str:
        """A new task of that agent."""
        body = {"task_type": "data_processing", "parameters": parameters}
        return identifier_of(client.post(f"/api/agents/{agent}/task", json=body))

    def flat(self, task: dict[str, Any]) -> dict[str, Any]:
        """What is empty is what other dialects leave out."""
        said = {name: value for name, value in task.items() if value not in (None, "")}
        return {**said, "status": "pending" if task["status"] == "queued" else task["status"]}

    def scaled(self, percent: float) -> float:
        """From 0 to 1."""
        return percent / 100


SPEAKERS = (Ggi(), V1(), V2(), Lexos())


def identifier_of(answer: httpx.Response) -> str:
    """The identifier of a created task."""
    assert answer.status_code == 201, answer.text
    return answer.json()["task_id"]


def seconds(value: float | str) -> int:
    """A time of any dialect as whole seconds since the epoch."""
    if isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp())
    return int(value)
