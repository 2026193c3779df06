"""A picture goes out through the engine, and comes back from what the notebook keeps."""

import base64

import pytest
from asking import OK
from attaching import FIG, asked_with, picture
from cells import Watching, one_answer, small
from played import Played

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.pricing import Prices, cost_at_most, request_tokens
from runware_magic.chat.request import Request
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.engine.estimate import Estimate, confirm
from runware_magic.engine.outputs import Outputs
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
from runware_magic.errors import ConfirmError
from runware_magic.transport.endpoint import endpoint

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def test_a_picture_is_sent_kept_and_restored(serve):
    """The next turn sends it again, today or in another kernel."""
    server, session = serve(OK), small()
    asked = Message("user", parts=(TextPart("What is it?"), ImagePart(PNG, "image/png", "fig", (1, 1))))
    (turn,) = one_answer(
        session, Query((asked,), cell_id="c1"), endpoint(server.url, None), lambda _: Watching()
    ).here()
    sent = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(PNG).decode()}}
    assert server.heard[0].json["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, sent]}
    ]
    restored = rebuild([SavedOutput(keep(session.conversation, turn), 1, "c1")])
    session.close()
    assert restored.turns == (turn,)
    again = Session()
    again.restore(restored)
    one_answer(
        again, Query((Message("user", "And now?"),), cell_id="c2"), endpoint(server.url, None), lambda _: Watching()
    ).here()
    again.close()
    assert server.heard[1].json["messages"][0]["content"][1] == sent


class Shown:
    """The outputs of a notebook: the record that each has now."""

    def __init__(self):
        self.records, self.outputs = {}, Outputs()

    def settle(self, conversation, turn):
        """Let a turn end in the output of its cell."""
        conversation = conversation.with_turn(turn)
        self.outputs.settle(_In(self.records, turn.cell_id), turn, conversation)
        return conversation

    @property
    def holding(self):
        """The cells whose outputs hold bytes."""
        return [cell for cell, record in sorted(self.records.items()) if record.get("blobs")]


class _In:
    def __init__(self, records, cell):
        self._records, self._cell = records, cell

    def settle(self, settled):
        """Keep the record."""
        self._records[self._cell] = settled.record


def test_the_first_output_with_a_picture_holds_it():
    """The others only name it."""
    shown, conversation = Shown(), Conversation()
    for name in "123":
        conversation = shown.settle(conversation, asked_with(FIG, name=name))
    assert shown.holding == ["cell-1"]
    saved = [SavedOutput(record, at, cell) for at, (cell, record) in enumerate(shown.records.items(), 1)]
    assert rebuild(saved).left_out == ()


def test_another_output_holds_it_when_the_first_is_asked_something_else():
    """After the first turn was forgotten: else its cell keeps it as an earlier version."""
    shown, conversation = Shown(), Conversation()
    for name in "123":
        conversation = shown.settle(conversation, asked_with(FIG, name=name))
    kept = shown.settle(conversation, asked_with(TextPart("Hi"), name="4", cell_id="cell-1"))
    assert shown.holding == ["cell-1"]
    forgotten = kept.without("main")
    shown.outputs.show(None, forgotten)
    shown.settle(forgotten, asked_with(TextPart("Ho"), name="5", cell_id="cell-1"))
    assert shown.holding == ["cell-2"]


def test_what_the_open_notebook_holds_already_is_not_saved_again():
    """After a restart; but a cell that runs again saves its own."""
    first, again = asked_with(FIG, name="1"), asked_with(FIG, name="2")
    conversation = Conversation().with_turn(first)
    held = rebuild([SavedOutput(keep(conversation, first), 1, "cell-1")]).held
    assert held == ((first, {FIG.digest}),)
    shown = Shown()
    shown.outputs.read(held)
    conversation = shown.settle(conversation, again)
    assert shown.holding == []
    shown.settle(conversation, asked_with(TextPart("Hi"), name="3", cell_id="cell-1"))
    assert shown.holding == ["cell-1"]


def test_text_that_is_attached_counts_and_pictures_do_not():
    """How many tokens a picture takes is not known before the answer."""
    text, prices = TextPart("word " * 4000), Prices(0.001, 0.0)
    asked = [
        Request("m", (Message("user", parts=parts),), {"max_completion_tokens": 9})
        for parts in ((text,), (text, picture()), (TextPart("a"),))
    ]
    assert [request_tokens(each) for each in asked] == [5007, 5007, 8]
    assert [cost_at_most(each, prices) for each in asked] == [pytest.approx(5.007), pytest.approx(5.007), 0.008]


def test_a_cost_that_is_confirmed_says_that_pictures_are_not_in_it():
    """Else it would be taken for all of it."""
    with pytest.raises(ConfirmError, match=r"for about \$5.00 at most, pictures not counted; nothing was sent"):
        confirm(Estimate(3, 10, 10, 5.0, pictures=3), (20, 1.0))
    with pytest.raises(ConfirmError, match=r"at most; nothing"):
        confirm(Estimate(3, 10, 10, 5.0), (20, 1.0))


def test_a_picture_whose_base64_looks_like_a_key_is_sent():
    """It is chance, and nobody could change it."""
    looks = base64.b64decode("iVBORw0KGgoA/AKIAQ7pL2mZx9Rt4Vb6Nc8Wd123/sk+gsk/hfAA", validate=True)
    server = Played(OK)
    session = small(medium=server)
    asked = Message("user", parts=(TextPart("What is it?"), ImagePart(looks, "image/png", "fig")))
    one_answer(session, Query((asked,), cell_id="c1"), endpoint(server.url, None), lambda _: Watching()).here()
    session.close()
    assert b"/AKIAQ7pL2mZx9Rt4Vb6Nc8Wd" in server.heard[0].body
