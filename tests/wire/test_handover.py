"""Events on their way from the reader to the drawer: all at once, and never too many."""

import threading

from runware_magic.chat.events import ContentDelta
from runware_magic.wire.handover import Handover

SECONDS = 10.0


def test_all_that_has_come_is_taken_at_once():
    """In order."""
    handover = Handover()
    events = [ContentDelta(str(number)) for number in range(5)]
    for event in events:
        handover.put(event)
    assert handover.take(0.0) == events
    assert handover.take(0.0) == []


def test_a_reader_is_not_held_up_by_a_drawing_that_rests():
    """What may not wait any more ends the rest; so a hundred thousand events take no time."""
    handover = Handover()

    def read():
        for _ in range(100_000):
            handover.put(ContentDelta("x"))
        handover.finish()

    reader = threading.Thread(target=read)
    reader.start()
    batches = []
    while batch := handover.take(SECONDS, rest_s=SECONDS):
        batches.append(len(batch))
    reader.join()
    assert sum(batches) == 100_000
    assert max(batches) <= 4096


def test_the_queue_is_bounded_when_nobody_takes():
    """The reader waits; the end sets it free."""
    handover = Handover()

    def read():
        for _ in range(10_000):
            handover.put(ContentDelta("x"))

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(0.2)
    assert reader.is_alive()
    assert len(handover.waiting) == 4096
    handover.finish()
    assert len(handover.take(0.0)) == 4096
    reader.join(SECONDS)
    assert not reader.is_alive()
