"""The spool as Celery sees it: real connections, no worker."""

import socket
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Exchange, Queue

from ccperf.broker.transport import register

register()
WORK = Queue("work", Exchange("work", type="direct"), routing_key="work")


def connect(folder: Path) -> Connection:
    return Connection("embedded://", transport_options={"folder": str(folder), "polling_interval": 0.01})


def publish(folder: Path, *bodies: str) -> None:
    with connect(folder) as connection:
        producer = connection.Producer()
        for body in bodies:
            producer.publish({"say": body}, exchange=WORK.exchange, routing_key="work", declare=[WORK])


def receive(connection: Connection, count: int) -> list:
    messages = []
    with Consumer(connection, [WORK], callbacks=[lambda body, message: messages.append(message)]):
        while len(messages) < count:
            connection.drain_events(timeout=5)
    return messages


def test_what_one_process_publishes_another_receives_in_order(tmp_path):
    publish(tmp_path, "one", "two", "three")
    with connect(tmp_path) as connection:
        messages = receive(connection, 3)
        assert [message.payload["say"] for message in messages] == ["one", "two", "three"]
        for message in messages:
            message.ack()
    assert not list(tmp_path.rglob("*.msg"))


def test_an_unacknowledged_message_comes_again_when_the_connection_closes(tmp_path):
    publish(tmp_path, "again")
    with connect(tmp_path) as connection:
        receive(connection, 1)
    with connect(tmp_path) as connection:
        (message,) = receive(connection, 1)
        assert message.payload == {"say": "again"}
        message.ack()


def test_reject_with_requeue_comes_again_and_without_is_forgotten(tmp_path):
    publish(tmp_path, "no")
    with connect(tmp_path) as connection:
        receive(connection, 1)[0].requeue()
        receive(connection, 1)[0].reject()
        with Consumer(connection, [WORK], callbacks=[pytest.fail]), pytest.raises(socket.timeout):
            connection.drain_events(timeout=0.05)
    assert not list(tmp_path.rglob("*.msg"))


def test_the_size_is_what_waits(tmp_path):
    publish(tmp_path, "one", "two")
    with connect(tmp_path) as connection:
        assert WORK(connection.default_channel).queue_declare(passive=True).message_count == 2
        assert WORK(connection.default_channel).purge() == 2
