"""The transport ``embedded://``: a spool folder seen as a kombu transport.

Direct exchanges only. Their bindings are declared by every process that publishes or consumes, so
they need no file; Celery's remote control and events need fanout and are switched off with it.
"""

import json
import time
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import transport as kombu_transports
from kombu.transport import virtual

from ccperf.broker.spool import Spool, Taken

SCHEME = "embedded"
RECOVERY_INTERVAL = 5.0


def register() -> None:
    """Make the scheme known to kombu."""
    kombu_transports.TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


class QoS(virtual.QoS):
    """Acknowledgement settles the file; a rejected or unfinished message goes back to its queue."""

    def ack(self, delivery_tag: str) -> None:
        self.channel.settle(delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self.channel.settle(delivery_tag)
        super().reject(delivery_tag, requeue=requeue)


class Channel(virtual.Channel):
    """One conversation of this process with the spool."""

    QoS = QoS

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self._taken: dict[str, Taken] = {}
        self._next_recovery = 0.0

    @cached_property
    def spool(self) -> Spool:
        return self.connection.spool

    def settle(self, delivery_tag: str) -> None:
        """Forget a message whose work is done; called from the pool's threads too."""
        taken = self._taken.pop(delivery_tag, None)
        if taken is not None:
            self.spool.settle(taken)

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        self.spool.put(queue, json.dumps(message).encode())

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        if time.monotonic() >= self._next_recovery:
            self._next_recovery = time.monotonic() + RECOVERY_INTERVAL
            self.spool.recover()
        taken = self.spool.take(queue)
        if taken is None:
            raise Empty
        message = json.loads(taken.payload)
        if taken.deliveries > 1:
            message["redelivered"] = True
        self._taken[message["properties"]["delivery_tag"]] = taken
        return message

    def _restore(self, message: Any) -> None:
        taken = self._taken.pop(message.delivery_tag, None)
        if taken is not None:
            self.spool.give_back(taken)

    def basic_consume(self, queue: str, no_ack: bool, *args: Any, **kwargs: Any) -> Any:
        # Nobody would settle what is not acknowledged, so every consumer here acknowledges.
        return super().basic_consume(queue, False, *args, **kwargs)

    def _size(self, queue: str) -> int:
        return self.spool.size(queue)

    def _purge(self, queue: str) -> int:
        return self.spool.purge(queue)


class Transport(virtual.Transport):
    """The embedded transport. ``transport_options["folder"]`` says where the spool is."""

    Channel = Channel
    polling_interval = 0.2
    default_port: Any = 0
    driver_type = SCHEME
    driver_name = SCHEME
    implements = virtual.Transport.implements.extend(exchange_type=frozenset({"direct"}))

    client: Any

    @cached_property
    def spool(self) -> Spool:
        return Spool(Path(self.client.transport_options["folder"]))

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        if "spool" in self.__dict__:
            self.spool.close()

    def driver_version(self) -> str:
        return "1"
