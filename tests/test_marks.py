"""Marks are set by what a test uses, and are true."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

MARKS = ("socket", "kernel", "browser", "fuzz")


@pytest.fixture
def marks(request):
    """Return the marks of a test."""
    return [mark for mark in MARKS if request.node.get_closest_marker(mark)]


def test_a_test_that_uses_nothing_has_no_mark_and_no_socket(marks):
    """It can neither connect nor listen."""
    assert marks == []
    for use in ("bind", "connect", "connect_ex"):
        with socket.socket() as sock, pytest.raises(pytest.fail.Exception, match="uses a socket"):
            getattr(sock, use)(("127.0.0.1", 0))


def test_a_server_makes_it_one_of_sockets(marks, serve):
    """At one remove."""
    assert marks == ["socket"]
    with socket.create_connection(("127.0.0.1", serve([]).port)):
        pass


@pytest.mark.usefixtures("_kernels")
def test_a_kernel_needs_sockets(marks):
    """So it is not started where there are none."""
    assert marks == ["socket", "kernel"]


@given(st.data())
@settings(max_examples=1)
def test_what_hypothesis_makes_up_is_fuzz(request, data):
    """Whatever fixtures the test has."""
    data.draw(st.none())
    assert request.node.get_closest_marker("fuzz")
