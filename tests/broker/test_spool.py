"""The spool keeps every message in exactly one place, whatever happens to its readers."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ccperf.broker.spool import MAX_DELIVERIES, Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "broker")


def drain(spool: Spool, queue: str = "celery") -> list[bytes]:
    found = []
    while taken := spool.take(queue):
        found.append(taken.payload)
        spool.settle(taken)
    return found


def test_messages_come_out_in_the_order_they_went_in(spool):
    for number in range(20):
        spool.put("celery", str(number).encode())
    assert drain(spool) == [str(number).encode() for number in range(20)]
    assert spool.size("celery") == 0


def test_queues_do_not_mix_and_odd_names_stay_inside_the_folder(spool):
    spool.put("../../evil", b"odd")
    spool.put("celery", b"plain")
    assert drain(spool, "celery") == [b"plain"]
    assert drain(spool, "../../evil") == [b"odd"]
    assert [entry.name for entry in spool.root.parent.iterdir()] == ["broker"]


def test_a_taken_message_is_not_handed_out_twice_and_returns_when_given_back(spool):
    spool.put("celery", b"once")
    taken = spool.take("celery")
    assert spool.take("celery") is None
    spool.give_back(taken)
    again = spool.take("celery")
    assert (again.payload, again.deliveries) == (b"once", 1)


def test_a_returned_message_keeps_its_place_in_the_order(spool):
    spool.put("celery", b"first")
    spool.put("celery", b"second")
    spool.give_back(spool.take("celery"))
    assert drain(spool) == [b"first", b"second"]


def test_readers_side_by_side_share_the_messages_without_loss_or_doubles(spool):
    for number in range(200):
        spool.put("celery", str(number).encode())
    readers = [Spool(spool.root) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        seen = [payload for found in pool.map(drain, readers) for payload in found]
    assert sorted(map(int, seen)) == list(range(200))


def test_a_living_reader_keeps_what_it_holds(spool):
    spool.put("celery", b"held")
    spool.take("celery")
    assert Spool(spool.root).recover() == 0


def test_closing_gives_back_what_was_not_settled(spool):
    spool.put("celery", b"held")
    spool.take("celery")
    spool.close()
    assert drain(Spool(spool.root)) == [b"held"]
    assert list((spool.root / "taken").iterdir()) != []  # only the second reader's own folder is left


HOLDER = textwrap.dedent("""
    import os, sys, time
    from pathlib import Path
    from ccperf.broker.spool import Spool
    spool = Spool(Path(sys.argv[1]))
    taken = spool.take("celery")
    if len(sys.argv) > 2:
        lives, says = os.pipe()
        if os.fork() == 0:
            os.close(1)
            os.write(says, b"x")
            time.sleep(30)
        os.read(lives, 1)
    print(taken.deliveries, flush=True)
    time.sleep(30)
""")


def hold_and_be_killed(root: Path, *extra: str) -> int:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), *extra],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout.readline().strip().isdigit()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return process.pid


def test_what_a_killed_reader_held_is_recovered(spool):
    spool.put("celery", b"precious")
    hold_and_be_killed(spool.root)
    assert spool.size("celery") == 0
    assert spool.recover() == 1
    taken = spool.take("celery")
    assert (taken.payload, taken.deliveries) == (b"precious", 2)
    assert spool.recover() == 0


def test_a_child_that_outlives_the_killed_reader_does_not_keep_its_messages(spool):
    spool.put("celery", b"precious")
    group = hold_and_be_killed(spool.root, "with a child")
    try:
        assert spool.recover() == 1
    finally:
        os.killpg(group, signal.SIGKILL)


def test_a_message_that_kills_every_reader_is_put_aside(spool):
    spool.put("celery", b"poison")
    spool.put("celery", b"good")
    for _ in range(MAX_DELIVERIES):
        hold_and_be_killed(spool.root)
        spool.recover()
    assert drain(spool) == [b"good"]
    assert [path.read_bytes() for path in (spool.root / "dead" / "celery").iterdir()] == [b"poison"]


def test_a_half_written_message_is_never_seen(spool, monkeypatch):
    def full_disk(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        spool.put("celery", b"x" * 1000)
    assert spool.size("celery") == 0
    assert list((spool.root / "tmp").iterdir()) == []


def test_purge_removes_only_what_nobody_took(spool):
    for payload in (b"a", b"b", b"c"):
        spool.put("celery", payload)
    held = spool.take("celery")
    assert spool.purge("celery") == 2
    assert held.path.exists()
