# Generated from specs/ by `make generate`. Do not edit.
"""The calls of each group, to be awaited."""

from __future__ import annotations

from datetime import datetime
from typing import Any, AsyncIterator, List

from . import models, params
from .asking import Ask, segment
from .pages import AsyncPages
from .records import Record
from .streams import follow_async
from .transport import AsyncTransport
from .waiting import until_ended_async


class Agents:
    """The calls of `client.agents`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def delete(self, agent_id: str, *, if_match: str | None = None) -> models.AgentDeleted:
        """Remove an agent.

        The agent is not found any more and its leases are lost; their work is offered to others within the retry
        policy. It is removed by whoever has registered it, or by an administrator.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/agents/{segment(agent_id)}',
            models.AgentDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get(self, agent_id: str) -> models.Agent:
        """Read an agent.

        The agent as it is now.

        Needs the scope `agent:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/agents/{segment(agent_id)}',
            models.Agent,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        status: params.AgentStatus | None = None,
        type: str | None = None,
        capabilities: List[str] | None = None,
        available: bool | None = None,
        tags: List[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Agent]:
        """List agents.

        Those that are known, the newest first. Filters combine. A cursor that no list has given is refused with
        422.

        `status`: Only agents in this status.

        `type`: Only agents of this type.

        `capabilities`: Only agents with all of these capabilities, separated by commas.

        `available`: Only agents that can take work now, or only those that cannot.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `agent:read`.
        """
        ask = Ask(
            'GET',
            '/v2/agents',
            models.AgentPage,
            query={'status': status, 'type': type, 'capabilities': capabilities, 'available': available, 'tags': tags, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def register(
        self,
        body: params.AgentRegister,
        *,
        idempotency_key: str | None = None,
    ) -> models.Agent:
        """Register an agent.

        Make an agent known, so that it is found by name and capability and can take work. Whoever registered an
        agent may register it again, as a program does that starts anew: the registration is replaced. An identifier
        that somebody else holds is a conflict. An endpoint that we do not call is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            '/v2/agents',
            models.Agent,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def send_heartbeat(
        self,
        agent_id: str,
        body: params.Heartbeat | None = None,
    ) -> models.HeartbeatReceived:
        """Send a heartbeat.

        Say that the agent is alive and how it is. Two that are missing make it `degraded`, three `offline`. The
        answer says whether there is work, and which leases it has lost. An agent sends its own: another's is 403.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/heartbeat',
            models.HeartbeatReceived,
            body=body,
        )
        return await self._transport.send(ask)

    async def update(
        self,
        agent_id: str,
        body: params.AgentUpdate,
        *,
        if_match: str | None = None,
    ) -> models.Agent:
        """Update an agent.

        Change some fields of an agent, as whoever has registered it, or as an administrator. Its status comes from
        heartbeats. An endpoint that we do not call is refused with 422.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/agents/{segment(agent_id)}',
            models.Agent,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Ai:
    """The calls of `client.ai`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def cancel_request(self, request_id: str, body: params.AiCancel | None = None) -> models.AiRequest:
        """Cancel a request.

        Call it off. Its agent is told and loses the lease. A request that has ended is a conflict.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            f'/v2/ai/requests/{segment(request_id)}/cancel',
            models.AiRequest,
            body=body,
        )
        return await self._transport.send(ask)

    async def get_result(self, request_id: str, *, timeout: float | None = None) -> models.AiRequest:
        """Read a request, or wait for its result.

        The request as it is now, at once, with its findings as far as there are any. With `wait`, when it has ended
        or the time is up: ask again until it has a `success`. `client.ai.getResult` does that.

        Waits for the end, and raises `WaitTimeout` when there is none within `timeout` seconds.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            f'/v2/ai/requests/{segment(request_id)}',
            models.AiRequest,
        )
        return await until_ended_async(self._transport, ask, timeout)

    def list_requests(
        self,
        *,
        status: params.AiStatus | None = None,
        request_type: str | None = None,
        agent_id: str | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.AiRequest]:
        """List requests.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `status`: Only requests in this status.

        `request_type`: Only requests of this type.

        `agent_id`: Only requests that this agent has been given.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            '/v2/ai/requests',
            models.AiRequestPage,
            query={'status': status, 'request_type': request_type, 'agent_id': agent_id, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def request_assistance(
        self,
        body: params.AiAsk,
        *,
        idempotency_key: str | None = None,
    ) -> models.AiRequest:
        """Request assistance.

        Ask an AI agent, the one that is named or one that can do it. The request is on disk when the answer comes.
        A repeated request with the same `Idempotency-Key` is answered as the first one was; another request with
        the same key is a conflict. A callback to an address that we do not call is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            '/v2/ai/requests',
            models.AiRequest,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def submit_result(self, request_id: str, body: params.AiResult) -> models.AiRequest:
        """Submit the result of a request.

        For the agent that holds the request: the lease ends with it. Findings are counted by severity into
        `summary`. Whoever does not hold it any more, or names an older fencing token than the last, is refused with
        409. The same result sent again by its holder is answered as the first time.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/ai/requests/{segment(request_id)}/result',
            models.AiRequest,
            body=body,
        )
        return await self._transport.send(ask)


class Alerts:
    """The calls of `client.alerts`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def acknowledge(
        self,
        alert_id: str,
        body: params.AlertNote | None = None,
        *,
        if_match: str | None = None,
    ) -> models.Alert:
        """Acknowledge an alert.

        Say that somebody looks after it. An alert that is resolved already is a conflict; to acknowledge one twice
        changes nothing but the note.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `alert:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/alerts/{segment(alert_id)}/acknowledge',
            models.Alert,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)

    async def create_rule(
        self,
        body: params.AlertRuleCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.AlertRule:
        """Create an alert rule.

        Within a second the rule is held against every frame that it applies to, before the frame is answered. It
        raises one alert for each device on which its condition holds, and resolves it when the condition holds no
        more. What counts is the device's newest frame by its own time: one that comes late and is older changes
        nothing. A tenant has 1000 rules at most; one more is a conflict.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `alert:write`.
        """
        ask = Ask(
            'POST',
            '/v2/alert-rules',
            models.AlertRule,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete_rule(self, rule_id: str, *, if_match: str | None = None) -> models.AlertRuleDeleted:
        """Delete an alert rule.

        The rule is gone, and its open alerts are soon resolved. Alerts of the past stay, as long as telemetry is
        kept.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `alert:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/alert-rules/{segment(rule_id)}',
            models.AlertRuleDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get(self, alert_id: str) -> models.Alert:
        """Read an alert.

        The alert as it is now.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/alerts/{segment(alert_id)}',
            models.Alert,
        )
        return await self._transport.send(ask)

    async def get_history(self, alert_id: str) -> models.AlertHistory:
        """Read the history of an alert.

        Who or what has changed it and when, the oldest first.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/alerts/{segment(alert_id)}/history',
            models.AlertHistory,
        )
        return await self._transport.send(ask)

    async def get_rule(self, rule_id: str) -> models.AlertRule:
        """Read an alert rule.

        The rule as it is now.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/alert-rules/{segment(rule_id)}',
            models.AlertRule,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        status: params.AlertStatus | None = None,
        severity: params.Severity | None = None,
        rule_id: str | None = None,
        device_id: str | None = None,
        alert_type: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Alert]:
        """List alerts.

        The newest first, by when they fired, those of the past too. Filters combine. A cursor that no list has
        given is refused with 422.

        `status`: Only alerts in this status.

        `severity`: Only alerts of this severity.

        `rule_id`: Only alerts of this rule.

        `device_id`: Only from this device.

        `alert_type`: Only alerts of this type.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/alerts',
            models.AlertPage,
            query={'status': status, 'severity': severity, 'rule_id': rule_id, 'device_id': device_id, 'alert_type': alert_type, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_rules(
        self,
        *,
        metric: str | None = None,
        enabled: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.AlertRule]:
        """List alert rules.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `metric`: Only rules about this metric.

        `enabled`: Only rules that are in force, or only those that are not.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/alert-rules',
            models.AlertRulePage,
            query={'metric': metric, 'enabled': enabled, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def resolve(
        self,
        alert_id: str,
        body: params.AlertNote | None = None,
        *,
        if_match: str | None = None,
    ) -> models.Alert:
        """Resolve an alert.

        Close it by hand. If the condition still holds after the rule's cooldown, another alert is raised. An alert
        that is resolved already is a conflict.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `alert:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/alerts/{segment(alert_id)}/resolve',
            models.Alert,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)

    async def update_rule(
        self,
        rule_id: str,
        body: params.AlertRuleUpdate,
        *,
        if_match: str | None = None,
    ) -> models.AlertRule:
        """Update an alert rule.

        Change some fields of a rule. Alerts that it has raised are soon resolved when the new condition does not
        hold for them, and all of them when the rule is switched off. A condition that needs a metric is a conflict
        on a rule that has none.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `alert:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/alert-rules/{segment(rule_id)}',
            models.AlertRule,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Audit:
    """The calls of `client.audit`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list_entries(
        self,
        *,
        event_type: str | None = None,
        actor: str | None = None,
        outcome: Literal['success', 'denied', 'failed'] | None = None,
        resource_id: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.AuditEntry]:
        """List the audit log.

        Who did what, the newest first: changes, denials, logins, executions and reads. Filters combine. A failed
        login says in `details.tried` which name was tried. A cursor that no list has given is refused with 422.

        `event_type`: Only entries of this type.

        `actor`: Only what this user did, by themselves and by their keys; or what one API key did, by its `key_id`.

        `outcome`: Only entries that ended like this.

        `resource_id`: Only what was done to this item.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `audit:read`.
        """
        ask = Ask(
            'GET',
            '/v2/audit',
            models.AuditPage,
            query={'event_type': event_type, 'actor': actor, 'outcome': outcome, 'resource_id': resource_id, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)


class Auth:
    """The calls of `client.auth`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create_token(self, body: params.TokenRequest) -> models.Token:
        """Open or renew a session.

        Exchange an API key, or a refresh token, for a short-lived access token and the refresh token that renews
        it. A refresh token works once; one that is used again ends its whole session. A wrong or spent credential
        is 401. A scope that the key does not have is 403.
        """
        ask = Ask(
            'POST',
            '/v2/auth/token',
            models.Token,
            body=body,
            public=True,
        )
        return await self._transport.send(ask)

    async def revoke_session(self, body: params.TokenRevocation) -> models.TokenRevoked:
        """End a session.

        End the session that a refresh token belongs to: neither it nor its access token is accepted from then on. A
        token that nobody knows is as good as ended.
        """
        ask = Ask(
            'POST',
            '/v2/auth/revoke',
            models.TokenRevoked,
            body=body,
            public=True,
        )
        return await self._transport.send(ask)


class Broker:
    """The calls of `client.broker`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def check_resource(self, body: params.BrokerResource, *, username: str, password: str) -> str:
        """May somebody use a queue or an exchange?.

        Queues whose names begin with `<tenant>.` are the tenant's own: its keys declare, fill, read and delete
        them. Of what the server has declared, keys read and write what the event contract (`x-scope`) gives to one
        of their scopes.
        """
        ask = Ask(
            'POST',
            '/v2/broker/resource',
            'text',
            body=body,
            media='application/x-www-form-urlencoded',
            basic=(username, password),
        )
        return await self._transport.send(ask)

    async def check_topic(self, body: params.BrokerTopic, *, username: str, password: str) -> str:
        """May somebody use a routing key?.

        Asked when a queue is bound to a topic exchange (`read`) and when a message is published to one (`write`).
        The first word of the key has to be the tenant.
        """
        ask = Ask(
            'POST',
            '/v2/broker/topic',
            'text',
            body=body,
            media='application/x-www-form-urlencoded',
            basic=(username, password),
        )
        return await self._transport.send(ask)

    async def check_user(self, body: params.BrokerUser, *, username: str, password: str) -> str:
        """May somebody log in to the broker?.

        The user's name is the identifier under which an API key is listed, the password is the key. Failures are
        counted by name in the category `authentication`: a name that fails too often is denied for a while.
        """
        ask = Ask(
            'POST',
            '/v2/broker/user',
            'text',
            body=body,
            media='application/x-www-form-urlencoded',
            basic=(username, password),
        )
        return await self._transport.send(ask)

    async def check_vhost(self, body: params.BrokerVhost, *, username: str, password: str) -> str:
        """May somebody enter a virtual host?.

        Asked when a connection is opened. There is one virtual host, the one that the event contract names.
        """
        ask = Ask(
            'POST',
            '/v2/broker/vhost',
            'text',
            body=body,
            media='application/x-www-form-urlencoded',
            basic=(username, password),
        )
        return await self._transport.send(ask)


class Commands:
    """The calls of `client.commands`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def cancel(self, command_id: str, body: params.CommandCancel | None = None) -> models.Command:
        """Cancel a command.

        Call it off. Its holder is told and loses the lease. One that is cancelled already stays as it is; one that
        has ended another way is a conflict.

        Needs the scope `command:execute`.
        """
        ask = Ask(
            'POST',
            f'/v2/commands/{segment(command_id)}/cancel',
            models.Command,
            body=body,
        )
        return await self._transport.send(ask)

    async def create_type(
        self,
        body: params.CommandTypeCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandType:
        """Declare a kind of command.

        From now on its parameters are held to the schema. A name that is taken is a conflict; something that is not
        a JSON Schema, or refers to another place, is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `command:execute`.
        """
        ask = Ask(
            'POST',
            '/v2/command-types',
            models.CommandType,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete_type(
        self,
        command_type: str,
        *,
        if_match: str | None = None,
    ) -> models.CommandTypeDeleted:
        """Remove a kind of command.

        Commands of that name take any parameters from then on. A built-in kind cannot be removed, which is a
        conflict.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `command:execute`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/command-types/{segment(command_type)}',
            models.CommandTypeDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def execute(
        self,
        body: params.CommandExecute,
        *,
        idempotency_key: str | None = None,
    ) -> models.Command:
        """Execute a command.

        The command is on disk when the answer comes, and offered to its target from then on: over AMQP, a
        WebSocket, a lease, or its endpoint. A target that is not there yet may still come: the command waits for
        its timeout. A repeated request with the same `Idempotency-Key` is answered as the first one was; another
        request with the same key is a conflict. Parameters that do not agree with the command's type, and a
        callback to an address that we do not call, are refused with 422. A type that nobody has declared takes any
        parameters.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `command:execute`.
        """
        ask = Ask(
            'POST',
            '/v2/commands',
            models.Command,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def get_status(self, command_id: str, *, wait: int | None = None) -> models.Command:
        """Read a command, or wait for its end.

        The command as it is now, at once. With `wait`, when it has ended or the time is up: ask again until it has
        a `success`. `client.commands.waitForCompletion` does that. A client that ends its side of the connection is
        taken to have left.

        `wait`: How many seconds to wait for the end, if it has not come yet. The answer comes at the end or when
        the time is up, whichever is first; a server that is busy or stops may answer sooner, with the item as it
        is.

        Needs the scope `command:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/commands/{segment(command_id)}',
            models.Command,
            query={'wait': wait},
        )
        return await self._transport.send(ask)

    async def wait_for_completion(self, command_id: str, *, timeout: float | None = None) -> models.Command:
        """Read a command, or wait for its end.

        The command as it is now, at once. With `wait`, when it has ended or the time is up: ask again until it has
        a `success`. `client.commands.waitForCompletion` does that. A client that ends its side of the connection is
        taken to have left.

        Waits for the end, and raises `WaitTimeout` when there is none within `timeout` seconds.

        Needs the scope `command:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/commands/{segment(command_id)}',
            models.Command,
        )
        return await until_ended_async(self._transport, ask, timeout)

    async def get_type(self, command_type: str) -> models.CommandType:
        """Read a kind of command.

        What its parameters must look like.

        Needs the scope `command:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/command-types/{segment(command_type)}',
            models.CommandType,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        status: params.CommandStatus | None = None,
        target: str | None = None,
        command_type: str | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Command]:
        """List commands.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `status`: Only commands in this status.

        `target`: Only commands for this target.

        `command_type`: Only commands of this type.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `command:read`.
        """
        ask = Ask(
            'GET',
            '/v2/commands',
            models.CommandPage,
            query={'status': status, 'target': target, 'command_type': command_type, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_types(
        self,
        *,
        category: params.CommandCategory | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.CommandType]:
        """List kinds of commands.

        Those of the tenant and the built-in ones, by name. A cursor that no list has given is refused with 422.

        `category`: Only kinds of this category.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `command:read`.
        """
        ask = Ask(
            'GET',
            '/v2/command-types',
            models.CommandTypePage,
            query={'category': category, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def submit_result(self, command_id: str, body: params.CommandResult) -> models.Command:
        """Submit the result of a command.

        For the agent that holds the command: the lease ends with it. Whoever does not hold it any more, or names an
        older fencing token than the last, is refused with 409. The same result sent again by its holder is answered
        as the first time.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/commands/{segment(command_id)}/result',
            models.Command,
            body=body,
        )
        return await self._transport.send(ask)

    async def update_type(
        self,
        command_type: str,
        body: params.CommandTypeUpdate,
        *,
        if_match: str | None = None,
    ) -> models.CommandType:
        """Update a kind of command.

        Commands that exist already are not judged again. A built-in kind cannot be changed, which is a conflict;
        something that is not a JSON Schema, or refers to another place, is refused with 422.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `command:execute`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/command-types/{segment(command_type)}',
            models.CommandType,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Contract:
    """The calls of `client.contract`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get_asset(self, asset: str) -> bytes:
        """A part of the pages.

        Scripts and styles of the two pages.
        """
        ask = Ask(
            'GET',
            f'/docs/assets/{segment(asset)}',
            'bytes',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_asyncapi_json(self) -> Any:
        """The event contract as JSON.

        AsyncAPI 3.0, in one file.
        """
        ask = Ask(
            'GET',
            '/asyncapi.json',
            'json',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_asyncapi_yaml(self) -> str:
        """The event contract as YAML.

        AsyncAPI 3.0, in one file.
        """
        ask = Ask(
            'GET',
            '/asyncapi.yaml',
            'text',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_docs(self) -> str:
        """This contract as a page.

        A page to read and to try the operations. It asks no other server for anything.
        """
        ask = Ask(
            'GET',
            '/docs',
            'text',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_event_docs(self) -> str:
        """The event contract as a page.

        A page to read the events. It asks no other server for anything.
        """
        ask = Ask(
            'GET',
            '/docs/events',
            'text',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_openapi_json(self) -> Any:
        """This contract as JSON.

        OpenAPI 3.1, in one file.
        """
        ask = Ask(
            'GET',
            '/openapi.json',
            'json',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_openapi_yaml(self) -> str:
        """This contract as YAML.

        OpenAPI 3.1, in one file.
        """
        ask = Ask(
            'GET',
            '/openapi.yaml',
            'text',
            public=True,
        )
        return await self._transport.send(ask)

    async def get_proto(self) -> str:
        """The gRPC contract.

        Protocol Buffers, version 3.
        """
        ask = Ask(
            'GET',
            '/nexus.proto',
            'text',
            public=True,
        )
        return await self._transport.send(ask)


class Coordination:
    """The calls of `client.coordination`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def cancel_collaboration(
        self,
        collaboration_id: str,
        body: params.CollaborationCancel | None = None,
    ) -> models.Collaboration:
        """Cancel a collaboration.

        Call it off. Agents that are at a step are told and lose it. A collaboration that has ended is a conflict.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            f'/v2/collaborations/{segment(collaboration_id)}/cancel',
            models.Collaboration,
            body=body,
        )
        return await self._transport.send(ask)

    async def contribute_result(
        self,
        collaboration_id: str,
        step: str,
        body: params.StepContribution,
    ) -> models.Collaboration:
        """Contribute the result of a step.

        For the agent whose step it is. The next steps begin with it. A step that is not to be done now, or that
        somebody else has taken, is a conflict; so is an older fencing token than the last.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/collaborations/{segment(collaboration_id)}/steps/{segment(step)}/result',
            models.Collaboration,
            body=body,
        )
        return await self._transport.send(ask)

    async def create_collaboration(
        self,
        body: params.CollaborationCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.Collaboration:
        """Begin a collaboration.

        Bring agents together at one task. Each step is offered to its agent when the steps before it are done; its
        result goes into the shared context. An identifier that is taken is a conflict. A step of an agent that does
        not take part, and two steps of one agent with one number, are refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            '/v2/collaborations',
            models.Collaboration,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def get_collaboration(
        self,
        collaboration_id: str,
        *,
        wait: int | None = None,
    ) -> models.Collaboration:
        """Read a collaboration, or wait for its end.

        The collaboration, its steps and its shared context as they are now, at once. With `wait`, when it has ended
        or the time is up.

        `wait`: How many seconds to wait for the end, if it has not come yet. The answer comes at the end or when
        the time is up, whichever is first; a server that is busy or stops may answer sooner, with the item as it
        is.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            f'/v2/collaborations/{segment(collaboration_id)}',
            models.Collaboration,
            query={'wait': wait},
        )
        return await self._transport.send(ask)

    async def get_message(self, collaboration_id: str, message_id: str) -> models.Message:
        """Read a message.

        What was said.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            f'/v2/collaborations/{segment(collaboration_id)}/messages/{segment(message_id)}',
            models.Message,
        )
        return await self._transport.send(ask)

    async def get_negotiation(self, negotiation_id: str) -> models.Negotiation:
        """Read a negotiation.

        Who was found, at that time.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            f'/v2/negotiations/{segment(negotiation_id)}',
            models.Negotiation,
        )
        return await self._transport.send(ask)

    def list_collaborations(
        self,
        *,
        status: params.CollaborationStatus | None = None,
        agent_id: str | None = None,
        tags: List[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Collaboration]:
        """List collaborations.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `status`: Only collaborations in this status.

        `agent_id`: Only those in which this agent takes part.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            '/v2/collaborations',
            models.CollaborationPage,
            query={'status': status, 'agent_id': agent_id, 'tags': tags, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_messages(
        self,
        collaboration_id: str,
        *,
        agent_id: str | None = None,
        message_type: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Message]:
        """List messages.

        What was said, the oldest first. A cursor that no list has given is refused with 422.

        `agent_id`: Only what this agent has said or is to hear.

        `message_type`: Only messages of this type.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            f'/v2/collaborations/{segment(collaboration_id)}/messages',
            models.MessagePage,
            query={'agent_id': agent_id, 'message_type': message_type, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_negotiations(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Negotiation]:
        """List negotiations.

        Those of the last thirty days, the newest first. A cursor that no list has given is refused with 422.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'GET',
            '/v2/negotiations',
            models.NegotiationPage,
            query={'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def negotiate(
        self,
        body: params.NegotiationCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.Negotiation:
        """Negotiate capabilities.

        Find agents that have, together, all that a task needs: those that are preferred first, then those with the
        least to do. The answer says why it is these, and why others were passed over. At most 200 agents are looked
        at. Where nobody can be found it is a conflict, whose details name the capabilities that are missing and who
        was passed over, and whose message says so if others were not looked at. An assignment takes nothing from an
        agent: it holds for this moment. A negotiation can be read for thirty days.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            '/v2/negotiations',
            models.Negotiation,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def send_message(
        self,
        collaboration_id: str,
        body: params.MessageSend,
        *,
        idempotency_key: str | None = None,
    ) -> models.Message:
        """Send a message.

        Say something to the other agents. Whoever follows the collaboration hears it at once, and it stays to be
        read. A collaboration that has ended is a conflict; a sender or receiver that does not take part is refused
        with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `ai:coordinate`.
        """
        ask = Ask(
            'POST',
            f'/v2/collaborations/{segment(collaboration_id)}/messages',
            models.Message,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)


class Events:
    """The calls of `client.events`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        types: List[params.EventType] | None = None,
        subject: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        wait: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Event]:
        """List events.

        What has happened, the oldest first, from a cursor, from a time, or from the oldest that the log still has.
        The cursor of an event is good on every transport. Ask with `next_cursor` again, then or later: nothing is
        left out. A page may be short, or empty, while there is more: the server looks only so far at a time. With
        `wait`, an answer without events comes only when the time is up. A client that ends its side of the
        connection is taken to have left.

        When the log no longer reaches back to the cursor, `gap` says so and the events begin with the oldest. A
        caller sees only events about items that their scopes let them read. A cursor that nobody has given is
        refused with 422.

        `types`: Only events of these types, separated by commas.

        `subject`: Only events about this item.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `wait`: How many seconds to wait for the end, if it has not come yet. The answer comes at the end or when
        the time is up, whichever is first; a server that is busy or stops may answer sooner, with the item as it
        is.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `event:read`.
        """
        ask = Ask(
            'GET',
            '/v2/events',
            models.EventPage,
            query={'types': types, 'subject': subject, 'since': since, 'until': until, 'wait': wait, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def stream(self, *, cursor: str | None = None, last_event_id: str | None = None) -> AsyncIterator[Record]:
        """Follow events.

        Server-sent events from now on, or behind a place in the log, as `events` of the event contract describes
        them. The server ends a stream after a while and says by `retry` when to come back; `Last-Event-ID`, or else
        `cursor`, goes on where another stream, of whatever transport, has stopped. When the log no longer reaches
        back to there, or is another one, the first message is a `gap`, and what follows begins with the oldest
        event. A cursor that nobody has given is refused with 422.

        Telemetry is told as it is stored, and has no place in the log: to a client that does not keep up a `gap`
        tells that it has lost some, and what came while nobody listened is read with `GET /v2/telemetry/frames`.

        `cursor`: The place behind an event; `Last-Event-ID` is newer and goes before.

        `last_event_id`: The `id` of the last message that the client has got, from any event stream of whatever
        dialect: what happened since comes first. Browsers send it by themselves when they come back.

        Needs the scope `event:read`.
        """
        ask = Ask(
            'GET',
            '/v2/events/stream',
            'text',
            query={'cursor': cursor},
            headers={'Last-Event-ID': last_event_id},
        )
        return follow_async(self._transport, ask)


class Keys:
    """The calls of `client.keys`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, body: params.KeyCreate, *, idempotency_key: str | None = None) -> models.KeyCreated:
        """Create an API key.

        The answer has the whole key, which is told this once. A key can have only scopes that its maker has, else
        it is 403. A repeated request with the same `Idempotency-Key` is a conflict: the key cannot be told again. A
        time in the past is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `key:write`.
        """
        ask = Ask(
            'POST',
            '/v2/api-keys',
            models.KeyCreated,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def get(self, key_id: str) -> models.Key:
        """Read an API key.

        The key without its secret.

        Needs the scope `key:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/api-keys/{segment(key_id)}',
            models.Key,
        )
        return await self._transport.send(ask)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> AsyncPages[models.Key]:
        """List API keys.

        The keys of the tenant without their secrets, the newest first. Revoked and expired keys are not among them.
        A cursor that no list has given is refused with 422.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `key:read`.
        """
        ask = Ask(
            'GET',
            '/v2/api-keys',
            models.KeyPage,
            query={'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def revoke(self, key_id: str, *, if_match: str | None = None) -> models.KeyRevoked:
        """Revoke an API key.

        The key and the sessions that were opened with it are refused at once by every server.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `key:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/api-keys/{segment(key_id)}',
            models.KeyRevoked,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def update(self, key_id: str, body: params.KeyUpdate, *, if_match: str | None = None) -> models.Key:
        """Update an API key.

        Change the label, the end or the limits of a key. Its scopes stay as they are: make another key instead. A
        time in the past is refused with 422.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `key:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/api-keys/{segment(key_id)}',
            models.Key,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Leases:
    """The calls of `client.leases`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def complete(self, agent_id: str, lease_id: str, body: params.LeaseComplete) -> models.Lease:
        """Complete a lease.

        The work is done; its item is completed with the result and the lease ends. The same result sent again by
        its holder is answered as the first time. Whoever does not hold it any more, or names an older fencing token
        than the last, is refused with 409: stop the work.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}/complete',
            models.Lease,
            body=body,
        )
        return await self._transport.send(ask)

    async def fail(self, agent_id: str, lease_id: str, body: params.LeaseFail) -> models.Lease:
        """Fail a lease.

        The work has failed; it is offered again within the retry policy, unless another try makes no sense, and the
        lease ends. Whoever does not hold it any more, or names an older fencing token than the last, is refused
        with 409: stop the work.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}/fail',
            models.Lease,
            body=body,
        )
        return await self._transport.send(ask)

    async def get(self, agent_id: str, lease_id: str) -> models.Lease:
        """Read a lease.

        The lease as it is now, or as it ended.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'GET',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}',
            models.Lease,
        )
        return await self._transport.send(ask)

    async def list(self, agent_id: str) -> models.LeaseList:
        """List leases.

        The leases that the agent holds now, the oldest first, so that a program that starts anew knows what it was
        doing.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'GET',
            f'/v2/agents/{segment(agent_id)}/leases',
            models.LeaseList,
        )
        return await self._transport.send(ask)

    async def release(self, agent_id: str, lease_id: str, body: params.LeaseRelease) -> models.Lease:
        """Release a lease.

        Give work back that was not done. It is offered again and does not count as a try. Whoever does not hold it
        any more, or names an older fencing token than the last, is refused with 409: stop the work.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}/release',
            models.Lease,
            body=body,
        )
        return await self._transport.send(ask)

    async def renew(self, agent_id: str, lease_id: str, body: params.LeaseRenew) -> models.Lease:
        """Renew a lease.

        Put off the end of a lease. Whoever does not hold it any more, or names an older fencing token than the
        last, is refused with 409: stop the work.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}/renew',
            models.Lease,
            body=body,
        )
        return await self._transport.send(ask)

    async def report_progress(self, agent_id: str, lease_id: str, body: params.LeaseProgress) -> models.Lease:
        """Report progress.

        Say how far the work has come. Whoever follows the item sees it, and the lease is renewed. Whoever does not
        hold it any more, or names an older fencing token than the last, is refused with 409: stop the work.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases/{segment(lease_id)}/progress',
            models.Lease,
            body=body,
        )
        return await self._transport.send(ask)

    async def take(
        self,
        agent_id: str,
        body: params.LeaseTake | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.LeaseList:
        """Take work.

        Take what is offered to this agent, by name, by capability or as the device that it serves, the most urgent
        and then the oldest first. Each piece of work comes under a lease: nobody else has it until the lease ends.
        Renew the lease or report progress before `expires_at`, and end it with a result, a failure or a release.

        Where there is nothing, the answer is an empty list, at once or after `wait_seconds`. An agent that holds as
        much as its `max_concurrent_tasks` is given nothing. Nor is a client that has ended the connection, or its
        side of it, meanwhile; what was taken and could not be told any more is given back, unless there is a key to
        ask again by. A repeated request with the same `Idempotency-Key` is answered with the same leases. An agent
        takes its own work: another's is 403.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `work:take`.
        """
        ask = Ask(
            'POST',
            f'/v2/agents/{segment(agent_id)}/leases',
            models.LeaseList,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)


class Me:
    """The calls of `client.me`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self) -> models.Me:
        """Who am I.

        Who the caller is, the tenants they belong to, and the scopes that this credential has. Anybody who is
        logged in may ask. A user who has been removed while their token was still good is answered with 404.
        """
        ask = Ask(
            'GET',
            '/v2/me',
            models.Me,
        )
        return await self._transport.send(ask)


class System:
    """The calls of `client.system`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create_node(self, body: params.NodeCreate, *, idempotency_key: str | None = None) -> models.Node:
        """Attach a node.

        Say where a runtime of the tenant is, so that agents can be deployed there. An agent that is given a
        specification is handed to the node that has the fewest and was there when it was asked last, unless the
        tenant itself names a node for all. A name that is taken is a conflict; an address that we do not call is
        refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `tenant:write`.
        """
        ask = Ask(
            'POST',
            '/v2/system/nodes',
            models.Node,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete_node(self, node_id: str, *, if_match: str | None = None) -> models.NodeDeleted:
        """Detach a node.

        The node is forgotten. While agents are deployed on it, or removed agents are still to be taken from it,
        that is a conflict; but for the latter a node that does not answer, and has not for an hour, is not waited
        for, and what runs there goes on.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `tenant:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/system/nodes/{segment(node_id)}',
            models.NodeDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get_metrics(self) -> str:
        """Figures for Prometheus.

        Counters and histograms of this process, in the Prometheus text format.

        Needs the scope `system:read`.
        """
        ask = Ask(
            'GET',
            '/metrics',
            'text',
        )
        return await self._transport.send(ask)

    async def get_node(self, node_id: str) -> models.Node:
        """Read a node.

        The node as it was when it was last asked.

        Needs the scope `system:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/system/nodes/{segment(node_id)}',
            models.Node,
        )
        return await self._transport.send(ask)

    async def get_status(self) -> models.SystemStatus:
        """Read the status of the system.

        How the parts, the servers, the agents and the work of the tenant are at this moment. What is not known of
        the machine is left out.

        Needs the scope `system:read`.
        """
        ask = Ask(
            'GET',
            '/v2/system/status',
            models.SystemStatus,
        )
        return await self._transport.send(ask)

    def list_nodes(
        self,
        *,
        status: Literal['unknown', 'online', 'offline'] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Node]:
        """List nodes.

        By name. A cursor that no list has given is refused with 422.

        `status`: Only nodes in this status.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `system:read`.
        """
        ask = Ask(
            'GET',
            '/v2/system/nodes',
            models.NodePage,
            query={'status': status, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def update_node(
        self,
        node_id: str,
        body: params.NodeUpdate,
        *,
        if_match: str | None = None,
    ) -> models.Node:
        """Update a node.

        Change some fields. The agents of a node that has another address are handed over there. A name that is
        taken is a conflict; an address that we do not call is refused with 422.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `tenant:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/system/nodes/{segment(node_id)}',
            models.Node,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Tasks:
    """The calls of `client.tasks`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def backfill(
        self,
        task_id: str,
        body: params.Backfill,
        *,
        idempotency_key: str | None = None,
    ) -> models.BackfillStarted:
        """Run a task for the past.

        Make a run for every due time in a stretch of the past that has none. Each due time has one run however
        often this is asked. A task without a schedule is a conflict. A stretch that ends before it begins, lies in
        the future, or has more than 1000 due times, is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/tasks/{segment(task_id)}/backfill',
            models.BackfillStarted,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def cancel_run(
        self,
        task_id: str,
        run_id: str,
        body: params.RunCancel | None = None,
    ) -> models.TaskRun:
        """Cancel a run of a task.

        Call off this run only; the task and its schedule go on. A run that has ended is a conflict.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/tasks/{segment(task_id)}/runs/{segment(run_id)}/cancel',
            models.TaskRun,
            body=body,
        )
        return await self._transport.send(ask)

    async def cancel_tasks(self, body: params.BulkTasks) -> models.BulkTasksDone:
        """Cancel many tasks.

        Cancel each of these tasks and its runs, as far as it can be done: every task has a result of its own.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            '/v2/tasks/bulk/cancel',
            models.BulkTasksDone,
            body=body,
        )
        return await self._transport.send(ask)

    async def create(self, body: params.TaskCreate, *, idempotency_key: str | None = None) -> models.Task:
        """Create a task.

        A repeated request with the same `Idempotency-Key` is answered as the first one was, for a day; another
        request with the same key is a conflict. A cron expression that is never due, or a time zone that does not
        exist, is refused with 422: no schema can say it.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            '/v2/tasks',
            models.Task,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete(self, task_id: str, *, if_match: str | None = None) -> models.TaskDeleted:
        """Delete a task.

        Cancel a task if it is not finished, and remove it. From then on it is found only in lists with
        `include=deleted`.

        `if_match`: Only if the task still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/tasks/{segment(task_id)}',
            models.TaskDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get(self, task_id: str) -> models.Task:
        """Read a task.

        The task; what it does not have is left out.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/tasks/{segment(task_id)}',
            models.Task,
        )
        return await self._transport.send(ask)

    async def get_run(self, task_id: str, run_id: str, *, wait: int | None = None) -> models.TaskRun:
        """Read a run of a task, or wait for its end.

        The run as it is now, at once. With `wait`, when it has ended or the time is up.

        `wait`: How many seconds to wait for the end, if it has not come yet. The answer comes at the end or when
        the time is up, whichever is first; a server that is busy or stops may answer sooner, with the item as it
        is.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/tasks/{segment(task_id)}/runs/{segment(run_id)}',
            models.TaskRun,
            query={'wait': wait},
        )
        return await self._transport.send(ask)

    async def get_schedule(self, task_id: str) -> models.TaskSchedule:
        """Read the schedule of a task.

        When the task is due next, and what happens with due times that pass while nothing runs or while a run goes
        on.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/tasks/{segment(task_id)}/schedule',
            models.TaskSchedule,
        )
        return await self._transport.send(ask)

    async def get_trigger(self, task_id: str) -> models.TaskTrigger:
        """Read the trigger of a task.

        Which events run the task. One that has no trigger is 404.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/tasks/{segment(task_id)}/trigger',
            models.TaskTrigger,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        status: params.TaskStatus | None = None,
        assignee: str | None = None,
        priority: params.Priority | None = None,
        type: str | None = None,
        tags: List[str] | None = None,
        include: Literal['deleted'] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Task]:
        """List tasks.

        The newest first, page by page along a cursor that stays right while tasks are added. Filters combine;
        deleted tasks appear only with `include=deleted`. A cursor that no list has given is refused with 422: no
        schema can say it.

        `status`: Only tasks in this status.

        `assignee`: Only tasks of this agent.

        `priority`: Only tasks of this priority.

        `type`: Only tasks of this type.

        `tags`: Only tasks with all of these tags, each as `key:value`, separated by commas.

        `include`: Deleted tasks too.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            '/v2/tasks',
            models.TaskPage,
            query={'status': status, 'assignee': assignee, 'priority': priority, 'type': type, 'tags': tags, 'include': include, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_runs(
        self,
        task_id: str,
        *,
        status: params.RunStatus | None = None,
        trigger: params.RunTrigger | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.TaskRun]:
        """List runs of a task.

        The newest first, skipped and missed ones too. A cursor that no list has given is refused with 422.

        `status`: Only runs in this status.

        `trigger`: Only runs that this has made.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/tasks/{segment(task_id)}/runs',
            models.TaskRunPage,
            query={'status': status, 'trigger': trigger, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def pause(self, task_id: str) -> models.TaskSchedule:
        """Pause a task.

        Due times pass without a run, and events do not run it, until the task is resumed. Runs that go on are not
        touched. To pause a paused task changes nothing; a task that has ended is a conflict.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/tasks/{segment(task_id)}/pause',
            models.TaskSchedule,
        )
        return await self._transport.send(ask)

    async def resume(self, task_id: str) -> models.TaskSchedule:
        """Resume a task.

        What was due in between is treated as the catch-up policy says. To resume a task that is not paused changes
        nothing; a task that has ended is a conflict.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/tasks/{segment(task_id)}/resume',
            models.TaskSchedule,
        )
        return await self._transport.send(ask)

    async def retry_tasks(
        self,
        body: params.BulkTasks,
        *,
        idempotency_key: str | None = None,
    ) -> models.BulkTasksDone:
        """Retry many tasks.

        Run each of these tasks again that has failed, timed out or was cancelled: every task has a result of its
        own.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            '/v2/tasks/bulk/retry',
            models.BulkTasksDone,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def run(
        self,
        task_id: str,
        body: params.RunStart | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.TaskRun:
        """Run a task now.

        Make a run outside of the schedule. What the overlap policy says holds for it too: where it says `skip` and
        a run goes on, it is a conflict. A paused task can be run by hand.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/tasks/{segment(task_id)}/runs',
            models.TaskRun,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def set_trigger(
        self,
        task_id: str,
        body: params.Trigger,
        *,
        if_match: str | None = None,
    ) -> models.TaskTrigger:
        """Set the trigger of a task.

        Say which events run a task of the type `event_driven`, in place of what was said before. The event is given
        to the run as `event` among its parameters. A task of another type is a conflict.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'PUT',
            f'/v2/tasks/{segment(task_id)}/trigger',
            models.TaskTrigger,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)

    async def update(
        self,
        task_id: str,
        body: params.TaskUpdate,
        *,
        if_match: str | None = None,
    ) -> models.Task:
        """Update a task.

        Change some fields of a task. A status that cannot follow the present one is a conflict. A cron expression
        that is never due, or a time zone that does not exist, is refused with 422: no schema can say it.

        `if_match`: Only if the task still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/tasks/{segment(task_id)}',
            models.Task,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)

    async def update_schedule(
        self,
        task_id: str,
        body: params.TaskScheduleUpdate,
        *,
        if_match: str | None = None,
    ) -> models.TaskSchedule:
        """Change the schedule of a task.

        A cron expression that is never due, or a time zone that does not exist, is refused with 422. A task that
        has ended is a conflict.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/tasks/{segment(task_id)}/schedule',
            models.TaskSchedule,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Telemetry:
    """The calls of `client.telemetry`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get_device(self, device_id: str) -> models.Device:
        """Read a device.

        What is known of the device.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/devices/{segment(device_id)}',
            models.Device,
        )
        return await self._transport.send(ask)

    async def get_event(self, event_id: str) -> models.TelemetryEntry:
        """Read an event.

        The event as it was told.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/telemetry/events/{segment(event_id)}',
            models.TelemetryEntry,
        )
        return await self._transport.send(ask)

    async def get_frame(self, frame_id: str) -> models.Frame:
        """Read a frame.

        The frame as it was sent.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/telemetry/frames/{segment(frame_id)}',
            models.Frame,
        )
        return await self._transport.send(ask)

    async def get_latest(self, device_id: str) -> models.LatestMetrics:
        """Read the latest metrics of a device.

        The last value of each metric and when it was measured.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/devices/{segment(device_id)}/latest',
            models.LatestMetrics,
        )
        return await self._transport.send(ask)

    async def get_log(self, log_id: str) -> models.Log:
        """Read a line of a log.

        The line as it was sent.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/telemetry/logs/{segment(log_id)}',
            models.Log,
        )
        return await self._transport.send(ask)

    async def get_retention(self) -> models.Retention:
        """Read how long telemetry is kept.

        What holds for the caller's tenant; where it has not chosen, that is the server's setting.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/telemetry/retention',
            models.Retention,
        )
        return await self._transport.send(ask)

    async def get_series(
        self,
        *,
        metrics: List[str],
        since: str | datetime,
        until: str | datetime,
        aggregation: Literal['avg', 'min', 'max', 'sum', 'count', 'p50', 'p95', 'p99'] | None = None,
        interval: str | None = None,
        device_id: str | None = None,
        group_by: Literal['device_id'] | None = None,
        tags: List[str] | None = None,
    ) -> models.SeriesResult:
        """Aggregate metrics over time.

        One value for each metric and interval, over all devices or for each by itself. Only numbers have a value;
        `count` counts what was sent of any kind. A percentile is the least value that so many percent do not
        exceed. A time that does not lie behind the other, a query of more than 10000 intervals, and one that would
        have more than 100000 values, is refused with 422.

        A long series is made of sums that are kept of each device's five minutes and hours, where these say the
        same as the frames: where the range begins on a whole multiple of five minutes (of an hour, counted from the
        epoch) and the interval is one, whichever moment it ends at. Other ranges, percentiles and tags are read
        from the frames, which takes longer and ends with them. When frames have ended, hours are still told, for
        intervals of whole hours, as long as `rollup_days` of `GET /v2/telemetry/retention`. An hour in which a
        device names more than 1000 metrics has no sums of that device: it is read from the frames, and ends with
        them.

        `metrics`: The metrics, separated by commas.

        `since`: Where the first interval begins.

        `until`: Where the last interval ends.

        `aggregation`: What becomes of the values within one interval.

        `interval`: How long one interval is.

        `device_id`: Only from this device.

        `group_by`: A series for each of these.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/telemetry/series',
            models.SeriesResult,
            query={'metrics': metrics, 'since': since, 'until': until, 'aggregation': aggregation, 'interval': interval, 'device_id': device_id, 'group_by': group_by, 'tags': tags},
        )
        return await self._transport.send(ask)

    def list_devices(
        self,
        *,
        status: Literal['online', 'offline'] | None = None,
        tags: List[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Device]:
        """List devices.

        Whoever has sent a frame or a line of a log, by identifier. Filters combine, and are applied to 10000
        devices for each page: one that is not full may have another behind it. A cursor that no list has given is
        refused with 422.

        `status`: Only devices in this state.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/devices',
            models.DevicePage,
            query={'status': status, 'tags': tags, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_events(
        self,
        *,
        event_type: str | None = None,
        source: str | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.TelemetryEntry]:
        """List events.

        What programs have told, the newest first. Filters combine. Tags are looked for in 10000 events for each
        page: one that is not full may have another behind it. A cursor that no list has given is refused with 422.

        `event_type`: Only events of this type.

        `source`: Only from this source.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/telemetry/events',
            models.TelemetryEntryPage,
            query={'event_type': event_type, 'source': source, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_frames(
        self,
        *,
        device_id: str | None = None,
        metrics: List[str] | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Frame]:
        """List frames.

        Frames as they were sent, the newest first. Filters combine. Metrics and tags are looked for in 10000 frames
        for each page: one that is not full may have another behind it. A cursor that no list has given is refused
        with 422.

        `device_id`: Only from this device.

        `metrics`: Only these metrics of each frame, and only frames that have one of them.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/telemetry/frames',
            models.FramePage,
            query={'device_id': device_id, 'metrics': metrics, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_logs(
        self,
        *,
        device_id: str | None = None,
        level: params.LogLevel | None = None,
        text: str | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Log]:
        """List lines of logs.

        The newest first. Filters combine. Text and tags are looked for in 10000 lines for each page: one that is
        not full may have another behind it. A cursor that no list has given is refused with 422.

        `device_id`: Only from this device.

        `level`: Only this level and those above it.

        `text`: Only lines whose message has all of these words, in any case and order.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `telemetry:read`.
        """
        ask = Ask(
            'GET',
            '/v2/telemetry/logs',
            models.LogPage,
            query={'device_id': device_id, 'level': level, 'text': text, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def submit(
        self,
        body: params.TelemetrySubmit,
        *,
        idempotency_key: str | None = None,
    ) -> models.TelemetryEntry:
        """Submit an event.

        Tell something that happened. It is on disk when the answer comes. What is sent twice under one identifier
        of the sender is kept once and answered alike; other content under the same identifier is a conflict. An
        `Idempotency-Key` does the same for what has no identifier of its own. A time that lies more than ten
        minutes ahead is refused with 422 (an operator may set another bound); old ones are welcome.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `telemetry:write`.
        """
        ask = Ask(
            'POST',
            '/v2/telemetry/events',
            models.TelemetryEntry,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def submit_batch(self, body: List[params.BatchItem]) -> models.BatchResult:
        """Submit a batch.

        Send many events, frames and lines of logs in one request, as a JSON array or as NDJSON with one item on
        each line. What is accepted is on disk when the answer comes, and each item has a result of its own: one
        that does not have the form of the contract is rejected by itself, with the place of its mistake, and the
        batch as a whole works even if no item does. What is no JSON array of 1 to 1000 items is refused whole. A
        line of NDJSON that cannot be read is rejected by itself too; empty lines are passed over and not counted,
        and more than 1000 lines are refused whole with 422.

        Needs the scope `telemetry:write`.
        """
        ask = Ask(
            'POST',
            '/v2/telemetry/batch',
            models.BatchResult,
            body=body,
        )
        return await self._transport.send(ask)

    async def submit_frame(
        self,
        body: params.FrameSubmit,
        *,
        idempotency_key: str | None = None,
    ) -> models.Frame:
        """Submit a frame.

        Tell what a device has measured at one moment. It is on disk when the answer comes. What is sent twice under
        one identifier of the sender is kept once and answered alike; other content under the same identifier is a
        conflict. An `Idempotency-Key` does the same for what has no identifier of its own. A time that lies more
        than ten minutes ahead is refused with 422 (an operator may set another bound); old ones are welcome.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `telemetry:write`.
        """
        ask = Ask(
            'POST',
            '/v2/telemetry/frames',
            models.Frame,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def submit_log(self, body: params.LogSubmit, *, idempotency_key: str | None = None) -> models.Log:
        """Submit a line of a log.

        Send one line of a device's or an agent's log. It is on disk when the answer comes. What is sent twice under
        one identifier of the sender is kept once and answered alike; other content under the same identifier is a
        conflict. An `Idempotency-Key` does the same for what has no identifier of its own. A time that lies more
        than ten minutes ahead is refused with 422 (an operator may set another bound); old ones are welcome.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `telemetry:write`.
        """
        ask = Ask(
            'POST',
            '/v2/telemetry/logs',
            models.Log,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def update_retention(self, body: params.RetentionUpdate) -> models.Retention:
        """Choose how long telemetry is kept.

        Changes what is sent; `null` goes back to the server's setting. Days count from the arrival of each item,
        and a choice is for what arrives from then on: what is there already ends when it was going to. More days
        than the server allows are refused with 422. A tenant that has just been deleted is not found.

        Needs the scope `tenant:write`.
        """
        ask = Ask(
            'PATCH',
            '/v2/telemetry/retention',
            models.Retention,
            body=body,
        )
        return await self._transport.send(ask)


class Webhooks:
    """The calls of `client.webhooks`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        body: params.WebhookCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Create a webhook.

        Have events sent to an address from now on. The secret is told only when we have made it, this once. An
        address that we do not call is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'POST',
            '/v2/webhooks',
            models.Webhook,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete(self, webhook_id: str, *, if_match: str | None = None) -> models.WebhookDeleted:
        """Delete a webhook.

        Nothing is sent any more, not even what was on its way.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/webhooks/{segment(webhook_id)}',
            models.WebhookDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get(self, webhook_id: str) -> models.Webhook:
        """Read a webhook.

        The webhook without its secret.

        Needs the scope `webhook:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/webhooks/{segment(webhook_id)}',
            models.Webhook,
        )
        return await self._transport.send(ask)

    async def get_delivery(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Read a delivery.

        The event that is sent, and what came of each try.

        Needs the scope `webhook:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}',
            models.Delivery,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        enabled: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Webhook]:
        """List webhooks.

        The newest first. A cursor that no list has given is refused with 422.

        `enabled`: Only webhooks in force, or only those that are switched off.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `webhook:read`.
        """
        ask = Ask(
            'GET',
            '/v2/webhooks',
            models.WebhookPage,
            query={'enabled': enabled, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_deliveries(
        self,
        webhook_id: str,
        *,
        status: params.DeliveryStatus | None = None,
        type: params.EventType | None = None,
        event_id: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Delivery]:
        """List deliveries.

        What was sent in the last thirty days, the newest first. Filters combine. A cursor that no list has given is
        refused with 422.

        `status`: Only deliveries in this status.

        `type`: Only events of this type.

        `event_id`: Only this event.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `webhook:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/webhooks/{segment(webhook_id)}/deliveries',
            models.DeliveryPage,
            query={'status': status, 'type': type, 'event_id': event_id, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def recover_deliveries(self, webhook_id: str, body: params.Recovery) -> models.RecoveryStarted:
        """Recover deliveries.

        Send what was missed since a time, in the order in which it happened. On a webhook that is switched off it
        is a conflict. A stretch that ends before it begins, or begins in the future, is refused with 422.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/webhooks/{segment(webhook_id)}/recover',
            models.RecoveryStarted,
            body=body,
        )
        return await self._transport.send(ask)

    async def redeliver(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Deliver again.

        Send the same event once more, whatever became of it. One that waits for its next try is tried now, and one
        that is on its way stays as it is. On a webhook that is switched off it is a conflict.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}/redeliver',
            models.Delivery,
        )
        return await self._transport.send(ask)

    async def rotate_secret(
        self,
        webhook_id: str,
        body: params.SecretRotation | None = None,
        *,
        if_match: str | None = None,
    ) -> models.Webhook:
        """Rotate the secret of a webhook.

        From now on deliveries are signed with a new secret, for a while with the last one too. The new one is told
        only when we have made it, this once.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/webhooks/{segment(webhook_id)}/rotate-secret',
            models.Webhook,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)

    async def send_example(self, webhook_id: str, body: params.WebhookTest) -> models.Delivery:
        """Send an example.

        Send an example of an event, as this contract prints it, signed as all others. It is tried once, to a
        webhook that is switched off too. A type for which the dialect of the webhook has no word is refused with
        422.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/webhooks/{segment(webhook_id)}/test',
            models.Delivery,
            body=body,
        )
        return await self._transport.send(ask)

    async def update(
        self,
        webhook_id: str,
        body: params.WebhookUpdate,
        *,
        if_match: str | None = None,
    ) -> models.Webhook:
        """Update a webhook.

        Change some fields. To switch it on again forgets its failures; what was missed in between is sent by a
        recovery. An address that we do not call is refused with 422, and so is a type for which the dialect of the
        webhook has no word.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `webhook:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/webhooks/{segment(webhook_id)}',
            models.Webhook,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)


class Workflows:
    """The calls of `client.workflows`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def cancel_run(
        self,
        workflow_id: str,
        run_id: str,
        body: params.WorkflowCancel | None = None,
    ) -> models.WorkflowRun:
        """Cancel a run of a workflow.

        Steps that go on are called off and their holders told; the others are not begun. A run that has ended is a
        conflict.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/workflows/{segment(workflow_id)}/runs/{segment(run_id)}/cancel',
            models.WorkflowRun,
            body=body,
        )
        return await self._transport.send(ask)

    async def create(
        self,
        body: params.WorkflowCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.Workflow:
        """Create a workflow.

        Write down steps and the order between them; nothing runs yet. Two steps of one name, a step that depends on
        one that is not there, and steps that wait for each other in a circle, are refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            '/v2/workflows',
            models.Workflow,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def delete(self, workflow_id: str, *, if_match: str | None = None) -> models.WorkflowDeleted:
        """Delete a workflow.

        The workflow and its runs are not found any more. While a run goes on it is a conflict: cancel that first.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'DELETE',
            f'/v2/workflows/{segment(workflow_id)}',
            models.WorkflowDeleted,
            headers={'If-Match': if_match},
        )
        return await self._transport.send(ask)

    async def get(self, workflow_id: str) -> models.Workflow:
        """Read a workflow.

        The workflow as it is now.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/workflows/{segment(workflow_id)}',
            models.Workflow,
        )
        return await self._transport.send(ask)

    async def get_run(self, workflow_id: str, run_id: str, *, wait: int | None = None) -> models.WorkflowRun:
        """Read a run of a workflow, or wait for its end.

        The run and its steps as they are now, at once. With `wait`, when it has ended or the time is up.

        `wait`: How many seconds to wait for the end, if it has not come yet. The answer comes at the end or when
        the time is up, whichever is first; a server that is busy or stops may answer sooner, with the item as it
        is.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/workflows/{segment(workflow_id)}/runs/{segment(run_id)}',
            models.WorkflowRun,
            query={'wait': wait},
        )
        return await self._transport.send(ask)

    async def get_step(self, workflow_id: str, run_id: str, step_id: str) -> models.StepRun:
        """Read a step of a run.

        The step as it is now, with its result.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/workflows/{segment(workflow_id)}/runs/{segment(run_id)}/steps/{segment(step_id)}',
            models.StepRun,
        )
        return await self._transport.send(ask)

    def list(
        self,
        *,
        tags: List[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.Workflow]:
        """List workflows.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            '/v2/workflows',
            models.WorkflowPage,
            query={'tags': tags, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    def list_runs(
        self,
        workflow_id: str,
        *,
        status: params.WorkflowRunStatus | None = None,
        tags: List[str] | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.WorkflowRun]:
        """List runs of a workflow.

        The newest first. Filters combine. A cursor that no list has given is refused with 422.

        `status`: Only runs in this status.

        `tags`: Only items with all of these tags, each as `key:value`, separated by commas.

        `since`: Only what happened at this time or later.

        `until`: Only what happened before this time.

        `limit`: How many items to return at most.

        `cursor`: Where the last page ended.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/workflows/{segment(workflow_id)}/runs',
            models.WorkflowRunPage,
            query={'status': status, 'tags': tags, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor},
        )
        return AsyncPages(self._transport, ask)

    async def list_steps(self, workflow_id: str, run_id: str) -> models.StepRunList:
        """List the steps of a run.

        All steps, in the order of the workflow.

        Needs the scope `task:read`.
        """
        ask = Ask(
            'GET',
            f'/v2/workflows/{segment(workflow_id)}/runs/{segment(run_id)}/steps',
            models.StepRunList,
        )
        return await self._transport.send(ask)

    async def retry_run(self, workflow_id: str, run_id: str) -> models.WorkflowRun:
        """Retry a run of a workflow.

        Go on with a run that has failed or was cancelled: completed steps keep their results, the others begin
        anew. A run that has not ended, or has ended well, is a conflict.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/workflows/{segment(workflow_id)}/runs/{segment(run_id)}/retry',
            models.WorkflowRun,
        )
        return await self._transport.send(ask)

    async def start_run(
        self,
        workflow_id: str,
        body: params.WorkflowStart | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.WorkflowRun:
        """Start a workflow.

        Steps that wait for nothing are offered at once, each of the others when those before it are completed. A
        repeated request with the same `Idempotency-Key` is answered as the first one was; another request with the
        same key is a conflict. A callback to an address that we do not call is refused with 422.

        `idempotency_key`: Makes a repeated request safe.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'POST',
            f'/v2/workflows/{segment(workflow_id)}/runs',
            models.WorkflowRun,
            headers={'Idempotency-Key': idempotency_key},
            body=body,
            keyed=True,
        )
        return await self._transport.send(ask)

    async def update(
        self,
        workflow_id: str,
        body: params.WorkflowUpdate,
        *,
        if_match: str | None = None,
    ) -> models.Workflow:
        """Update a workflow.

        Change some fields. Runs that go on keep the steps that they began with. Two steps of one name, a step that
        depends on one that is not there, and steps that wait for each other in a circle, are refused with 422.

        `if_match`: Only if the item still has this entity tag.

        Needs the scope `task:write`.
        """
        ask = Ask(
            'PATCH',
            f'/v2/workflows/{segment(workflow_id)}',
            models.Workflow,
            headers={'If-Match': if_match},
            body=body,
        )
        return await self._transport.send(ask)
