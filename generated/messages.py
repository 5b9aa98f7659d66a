# Generated from specs/ by `make generate`. Do not edit.
"""The model that carries each message's payload, by the message's name."""

from typing import Any

from generated.models import ggi, lexos, shared, v1, v2

PAYLOADS: dict[str, Any] = {
    'ggi.agent': ggi.AgentEvent,
    'ggi.ai_task': ggi.AiTaskEvent,
    'ggi.alert': ggi.AlertEvent,
    'ggi.collaboration_accepted': ggi.CollaborationAccepted,
    'ggi.collaboration_delivery': ggi.CollaborationDelivery,
    'ggi.collaboration_error': ggi.CollaborationError,
    'ggi.collaboration_gap': ggi.CollaborationGap,
    'ggi.collaboration_message': ggi.CollaborationMessage,
    'ggi.command': ggi.CommandEvent,
    'ggi.gap': shared.Gap,
    'ggi.metrics': ggi.MetricsRecord,
    'ggi.task': ggi.TaskEvent,
    'ggi.telemetry_error': ggi.TelemetryError,
    'ggi.telemetry_gap': ggi.TelemetryGap,
    'ggi.telemetry_log': ggi.LogMessage,
    'ggi.telemetry_metrics': ggi.MetricsMessage,
    'ggi.telemetry_subscribe': ggi.Subscribe,
    'ggi.telemetry_subscriptions': ggi.SubscriptionsMessage,
    'ggi.telemetry_unsubscribe': ggi.Unsubscribe,
    'lexos.agent_status': lexos.AgentStatusMessage,
    'lexos.gap': lexos.GapMessage,
    'lexos.system_status': lexos.SystemStatusMessage,
    'lexos.task_progress': lexos.TaskProgress,
    'lexos.task_update': lexos.TaskUpdateMessage,
    'v1.gap': shared.Gap,
    'v1.task': v1.TaskEvent,
    'v2.gap': shared.Gap,
    'v2.task': v2.TaskEvent,
}
