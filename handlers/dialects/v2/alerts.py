"""Alerts and the rules that raise them."""

from collections.abc import Mapping
from typing import Any

from generated.models import v2
from handlers.core.alert_rules import Rule
from handlers.core.alerting import Alert
from handlers.core.alerts import AlertFilter
from handlers.core.calls import Call
from handlers.core.clock import Moment
from handlers.core.ports import Position
from handlers.core.projection import iso_milliseconds, read_iso
from handlers.dialects.v2.mapping import ALERT, RULE, moment_behind, moment_of, page_of, position_of
from handlers.dialects.v2.versions import tag_of, version_of


async def create_rule(
    call: Call, body: v2.AlertRuleCreate, idempotency_key: str | None
) -> tuple[v2.AlertRule, dict[str, str]]:
    """Have alerts raised from now on."""
    standing = {name: getattr(body, name) for name in ("severity", "cooldown_seconds", "enabled")}
    given = {**standing, **_given(body.model_dump(exclude_unset=True))}
    return _tagged(await call.core.alert_rules.create(call.principal, given, idempotency_key=idempotency_key))


async def list_rules(
    call: Call, metric: str | None, enabled: bool | None, limit: int, cursor: str | None
) -> v2.AlertRulePage:
    """One page of the rules, and where the next one begins."""
    after = position_of(cursor)
    found = await call.core.alert_rules.page(call.principal, limit + 1, after, metric=metric, enabled=enabled)
    return page_of(v2.AlertRulePage, found, limit, _rule)


async def get_rule(call: Call, rule_id: str) -> tuple[v2.AlertRule, dict[str, str]]:
    """One rule, with its entity tag."""
    return _tagged(await call.core.alert_rules.get(call.principal, rule_id))


async def update_rule(
    call: Call, rule_id: str, body: v2.AlertRuleUpdate, if_match: str | None
) -> tuple[v2.AlertRule, dict[str, str]]:
    """Change some fields of a rule, if it is still the one that the caller has read."""
    given, version = _given(body.model_dump(exclude_unset=True)), version_of(if_match)
    return _tagged(await call.core.alert_rules.change(call.principal, rule_id, given, version=version))


async def delete_rule(call: Call, rule_id: str, if_match: str | None) -> v2.AlertRuleDeleted:
    """End a rule, if it is still the one that the caller has read."""
    gone = await call.core.alert_rules.delete(call.principal, rule_id, version=version_of(if_match))
    return v2.AlertRuleDeleted(rule_id=gone.id, status="deleted")


async def list_alerts(
    call: Call,
    status: str | None,
    severity: str | None,
    rule_id: str | None,
    device_id: str | None,
    alert_type: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.AlertPage:
    """One page of the alerts, and where the next one begins."""
    wanted = AlertFilter(status, severity, rule_id, device_id, alert_type, _moment(since), _moment(until))
    found = await call.core.alerts.page(call.principal, wanted, limit + 1, moment_of(cursor))
    data = [_alert(alert) for alert in found[:limit]]
    if len(found) <= limit:
        return v2.AlertPage(data=data, has_more=False)
    last = found[limit - 1]
    return v2.AlertPage(data=data, has_more=True, next_cursor=moment_behind(Position(last.fired_at, last.id)))


async def get_alert(call: Call, alert_id: str) -> tuple[v2.Alert, dict[str, str]]:
    """One alert, with its entity tag."""
    return _tagged_alert(await call.core.alerts.get(call.principal, alert_id))


async def acknowledge_alert(
    call: Call, alert_id: str, body: v2.AlertNote | None, if_match: str | None
) -> tuple[v2.Alert, dict[str, str]]:
    """Say that somebody looks after an alert."""
    alerts, version = call.core.alerts, version_of(if_match)
    return _tagged_alert(await alerts.acknowledge(call.principal, alert_id, _note(body), version=version))


async def resolve_alert(
    call: Call, alert_id: str, body: v2.AlertNote | None, if_match: str | None
) -> tuple[v2.Alert, dict[str, str]]:
    """Close an alert by hand."""
    alerts, version = call.core.alerts, version_of(if_match)
    return _tagged_alert(await alerts.resolve(call.principal, alert_id, _note(body), version=version))


async def get_history(call: Call, alert_id: str) -> v2.AlertHistory:
    """The steps of an alert."""
    alert = await call.core.alerts.get(call.principal, alert_id)
    steps = [v2.AlertChange(**{**step, "at": iso_milliseconds(step["at"])}) for step in alert.history]
    return v2.AlertHistory(alert_id=alert.id, data=steps)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    """The core's fields, and whether the rule is in force, which the core keeps otherwise."""
    given = RULE.read({name: value for name, value in body.items() if name != "enabled"})
    return {**given, "enabled": body["enabled"]} if "enabled" in body else given


def _tagged(rule: Rule) -> tuple[v2.AlertRule, dict[str, str]]:
    return _rule(rule), tag_of(rule.version)


def _rule(rule: Rule) -> v2.AlertRule:
    return RULE.show(v2.AlertRule, rule, enabled=rule.enabled, alert_type=rule.alert_type)


def _tagged_alert(alert: Alert) -> tuple[v2.Alert, dict[str, str]]:
    return _alert(alert), tag_of(alert.version)


def _alert(alert: Alert) -> v2.Alert:
    return ALERT.show(v2.Alert, alert)


def _note(body: v2.AlertNote | None) -> str | None:
    return None if body is None else body.note


def _moment(text: str | None) -> Moment | None:
    return None if text is None else read_iso(text)
