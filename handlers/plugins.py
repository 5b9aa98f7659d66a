"""What a plugin is written with: functions for commands and events, which the server calls by itself.

`NEXUS_PLUGINS` names modules; each has one `Plugin`, called `plugin`. The README shows one.
"""

from handlers.core.plugins import Event, Failed, Plugin, Work

__all__ = ["Event", "Failed", "Plugin", "Work"]
