"""A node whose register's key is elsewhere: without a right answer nothing is looked up."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crypto.oprf import element_of
from node.marking import ProcessKey, RegisterFault, RegisterUnusable
from node.marking.wire import ELEMENTS, frame

ONE = element_of(b"invented")
Says = Callable[[bytes], ProcessKey]


@pytest.fixture
def says(tmp_path: Path) -> Iterator[Says]:
    """A process that answers every request with the same bytes."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    listening.listen()
    threads: list[threading.Thread] = []

    def begin(reply: bytes) -> ProcessKey:
        def answer() -> None:
            try:
                while True:
                    line, _ = listening.accept()
                    with line:
                        line.recv(1 << 16)
                        line.sendall(reply)
            except OSError:  # the test is over
                return

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return ProcessKey(tmp_path / "s")

    yield begin
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for thread in threads:
        thread.join()


def fault(key: ProcessKey, *, many: int = 1) -> RegisterFault:
    with pytest.raises(RegisterUnusable) as caught:
        key.mark([ONE] * many)
    return caught.value.fault


def test_nobody_at_the_socket_is_no_answer(tmp_path: Path) -> None:
    assert fault(ProcessKey(tmp_path / "nobody")) is RegisterFault.SILENT


@pytest.mark.parametrize(
    "reply",
    [
        *(
            b"",
            b"\x00",
            b"\x00\x00",
            b"\x00\x00\x01",
            b"\x00\x00\x01" + bytes(32),
            b"\x63\x00\x00",
            b"\x02\x00\x00",
            b"\x04\x00\x00",
        ),
        *(frame(b"\x00"), frame(b"\x00", [ONE, ONE])),
    ],
)
def test_an_answer_that_is_not_one_element_for_each_is_none(says: Says, reply: bytes) -> None:
    assert fault(says(reply)) is RegisterFault.SILENT


def test_a_day_that_is_spent_is_said_to_be(says: Says) -> None:
    assert fault(says(b"\x03\x00\x00")) is RegisterFault.SPENT


def test_whether_a_turn_is_under_way_is_asked_every_time(says: Says) -> None:
    assert says(b"\x01\x00\x00").is_turning


def test_more_than_one_request_may_have_is_asked_in_several(says: Says) -> None:
    key = says(frame(b"\x00", [ONE] * ELEMENTS))
    assert key.mark([ONE] * (2 * ELEMENTS)) == [ONE] * (2 * ELEMENTS)
