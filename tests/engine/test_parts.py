"""A picture goes out through the engine, and comes back from what the notebook keeps."""

import base64

from asking import OK
from cells import Watching, one_answer, small

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
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
