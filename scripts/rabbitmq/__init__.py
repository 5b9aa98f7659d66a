"""A private RabbitMQ: installed if it is missing, run without systemd, everything it writes below one directory.

`python -m scripts.rabbitmq` runs one in the foreground; `private_rabbitmq` gives one to a test or to another script.
"""

from scripts.rabbitmq.asking import Asked
from scripts.rabbitmq.install import CannotInstall, ensure_installed
from scripts.rabbitmq.node import CannotStart, RabbitNode, private_rabbitmq

__all__ = ["Asked", "CannotInstall", "CannotStart", "RabbitNode", "ensure_installed", "private_rabbitmq"]
