"""Pages that hold every kind of content: an exported chat, and a hand-in of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from attaching import TURN
from tooling import everything, hostile
from vectors import Vector

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.turn import Reply, Timing, Turn, Variant
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.display.render.badge import costs
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.comparison import comparison_bundle
from runware_magic.display.render.version_diff import versions_table
from runware_magic.notebook import export, hand_in

#: How turns show in a hand-in, as the command for it lets them.
FACES = hand_in.Faces(
    turn=lambda turn: str(bundle(turn)["text/html"]),
    comparison=lambda turns, counts: str(comparison_bundle(turns, counts)["text/html"]),
    versions=lambda place, number: str(versions_table(place, number)._repr_mimebundle_()["text/html"]),
    costs=costs,
)
_HOSTILE = (
    "</div></details></main></style><script>alert(1)</script><img src=x onerror=alert(1)>[a](javascript:alert(1))"
)
_ODD = "\x00\x0b\x1b[1m \ufdd0 \ud800 \x85 \u2028 \ufffe \U0001ffff &#0; &#128; &bogus; &#xfdd0;"
#: A block of code with every kind of token.
PYTHON = """```python
import os
@decorator(30, "text")
class Name(Exception):
    '''Documentation.'''
    def method(self, number: int = 1_000) -> None:
        return f"{number!r} \\n text" + print(None, True) or self  # a comment that is longer than a page is wide
```
"""
_ANSWER = (
    """### Everything that an answer has

# And headings in no order

It costs $5, $e^{i\\pi} = -1$[^1], and [the docs](https://example.org/docs) tell of `inline code`.
See https://example.org/a?b=c&d=e, H<sub>2</sub>O, <kbd>Ctrl</kbd>, <mark>this</mark><br>and that.[^note]

> A quotation, which *says* little and `something`.
>
> > And one within.

| name | a | b | c | d | e | f | g | h | i | j | k |
|---|:-:|--:|---|---|---|---|---|---|---|---|---|
| averylongnameofsomething | wide | wide | wide | wide | wide<br>more | $x^2$ | **wide** | wide | wide | wide | wide |

| empty |
|---|

1. first
2. second
   - [ ] a task
   - [x] done

     ```text
     code in a list
     ```

5) another

<details><summary>Folded</summary>

**Inside**, with a list:

- a

</details>

$$a_0 + a_1 x + a_2 x^2 + a_3 x^3 + a_4 x^4 + a_5 x^5 + a_6 x^6 + a_7 x^7 + a_8 x^8 + a_9 x^9 + a_{10} x^{10}$$

\\begin{cases} x & y \\\\ z & w \\end{cases}

"""
    + PYTHON
    + """
    indented code

```diff
- taken out
+ put in
```

***

שלום, this is read from the right.

The end. ~~gone~~ **bold** ![a picture](https://example.org/a.png)

[^1]: A footnote, with `code`.

    And a second paragraph.
[^note]: Another.
"""
)


def _turn(name: str, text: str, answer: str, **more: object) -> Turn:
    fields = {
        "cell_id": f"cell-{name[0]}",
        "state": "complete",
        "reply": Reply(answer),
        "usage": Usage(prompt_tokens=5, completion_tokens=2, reasoning_tokens=3, cost=0.01),
    }
    return Turn(
        name, "m", "e", (Message("user", text),), Timing("2026-11-25T10:00:00Z", 0.5, 2.0), **{**fields, **more}
    )


def _compared(name: str, *answers: str) -> list[Turn]:
    return [
        _turn(
            f"{name}{number}",
            "Which?",
            answer,
            variant=Variant(f"of {name}", number, len(answers), {"model": "m", "temperature": str(number)}),
            verdicts=(Verdict("contains:x", "x" in answer, "no x"),),
        )
        for number, answer in enumerate(answers, 1)
    ]


def _conversation(vectors: Iterable[Vector]) -> Conversation:
    said = Conversation()
    examples = (Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Ho"))
    steps = [
        [_turn("1a", "Tell *all*.\n\n    code", _ANSWER, reply=Reply(_ANSWER, f"Hm.\n\n{_ANSWER}"))],
        [_turn("1b", "Tell *all* again.", _ANSWER.replace("little", "a lot"))],
        [_turn("2", "Lost?", "", state="failed", error="The endpoint <went> away.")],
        [_turn("3", "Cut?", "Half of an", state="stopped", skipped=2)],
        [_turn("4", "Call.", "", reply=Reply("", "", (ToolCall("c", "f", '{"x": 1}'),)), finish_reason="tool_calls")],
        [replace(_turn("5", "Roles", "Yes.", maybe_cut=True, usage=None), messages=(*examples, Message("user", "Ho")))],
        _compared("6", _ANSWER, "An x.", "None."),
        _compared("7", *(f"Answer {number}." for number in range(20))),
        [_turn("6z", "Which?", "Alone.", recorded="2026-11-20")],
        [replace(_turn("8", _HOSTILE, _HOSTILE, reply=Reply(_HOSTILE, _HOSTILE), error=_HOSTILE), model=_HOSTILE)],
        [_turn("9", _ODD, _ODD)],
        [replace(_turn("p", "", "A dot."), messages=TURN.messages, attached=TURN.attached)],
        [_turn("q", "Weather?", "It rains.", replies=everything().replies)],
        [_turn("r", "Weather?", "", reply=everything().replies[0], state="pending")],
        *([turn] for turn in hostile(_HOSTILE, "s")),
        *([_turn(f"v{vector.number}", vector.text, vector.text, cell_id=f"v{vector.number}")] for vector in vectors),
        [_turn("t", "Elsewhere?", "Yes.", chat=_HOSTILE)],
        [_turn("z", "今天天气好吗。" * 40, "今天天气很好。谢谢你。" * 40, chat="中文")],
    ]
    for step in steps:
        parent, context = asked_after(said, str(step[0].chat), step[0].cell_id)
        new = tuple(replace(turn, parent=parent, context=context) for turn in step)
        said = said.with_variants(new) if new[0].variant else said.with_turn(new[0])
    return said.forked("main", "fork", 1).with_turn(_turn("f", "More?", "Yes.", chat="fork"))


def write_pages(folder: Path, vectors: Iterable[Vector] = ()) -> list[Path]:
    """Write two exported chats and a hand-in of all; return where they are.

    Parameters
    ----------
    folder
        Where to.
    vectors
        Known attacks that are asked and answered beside all else.
    """
    said = _conversation(vectors)
    pages = [folder / name for name in ("main.html", "中文.html", "hand-in.html")]
    for path in pages[:2]:
        export.write(path, said, chat=path.stem, bundle=bundle, open_notebook=None, force=False)
    hand_in.write(pages[2], said, chats=(*said.chats,), faces=FACES, anonymize=str, open_notebook=None, force=False)
    return pages
