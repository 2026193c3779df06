"""Code of an answer in a new cell, or shown where no cell can be made."""

from dataclasses import replace

import pytest
from terminal_ipython import failed, line
from variants import answer

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.turn import Reply

TEXT = """\
First install it:

```bash
pip install pandas
```

Then:

```python
import pandas
```

1. And in a list:

   ~~~Python title="b.py"
   x = {"a": 1}
   ~~~

It prints

```text
<DataFrame>
```

```rust
fn main() {}
```

```
for y in [1, 2]:
    y
```

```
not code :(
```
"""


def said(content, **fields):
    """Return a turn with an answer."""
    return replace(answer(variant=None), reply=Reply(content), **fields)


@pytest.fixture
def holding(shell, magics):
    """Return what lets the chat hold answers; the next prompt is empty."""
    shell.rl_next_input = None

    def hold(*contents):
        places = tuple(
            VersionedTurn(None, (said(content, id=f"turn {number}"),)) for number, content in enumerate(contents, 1)
        )
        magics.session.conversation = Conversation({"main": places})

    return hold


@pytest.mark.parametrize(
    ("words", "cell"),
    [
        ("", "import pandas"),
        ("--block 1", "%%bash\npip install pandas"),
        ("--block 3", 'x = {"a": 1}'),
        ("--block 6", "for y in [1, 2]:\n    y"),
        ("--block all", 'import pandas\n\nx = {"a": 1}\n\nfor y in [1, 2]:\n    y'),
    ],
)
def test_blocks_go_into_the_next_input(shell, holding, words, cell):
    """The first in Python by default; of all, those of its language in one cell; nothing is run."""
    holding("Nothing.", TEXT)
    line(shell, f"code 2 {words}")
    assert shell.rl_next_input == cell


def test_what_is_done_is_said(shell, holding):
    """Which blocks, of which turn, and that they have not run; what has no cell is shown, with the reason."""
    holding("```python\nx = 1\n```", TEXT)
    assert line(shell, "code 1") == "The code of turn 1 is in the next prompt, and not run.\n"
    assert line(shell, "code") == "Block 2 of 7 in turn 2 is in the next prompt, and not run.\n"
    shown = line(shell, "code --block all")
    assert shown.startswith("Blocks 2, 3, 6 of 7 in turn 2 are in the next prompt, and not run.\n")
    assert "Block 5 of 7 in turn 2 is here to copy: there is no %%rust magic.\n\nfn main() {}\n" in shown
    assert shown.endswith("Block 7 of 7 in turn 2 is here to copy: it is not Python.\n\nnot code :(\n")


def test_the_last_answer_may_be_in_another_chat(shell, magics):
    """As that of `%runware explain` is: its code is wanted; a number means the current chat."""
    shell.rl_next_input = None
    fixed, earlier = said("```python\nfixed = 1\n```", id="b"), said("```python\nearlier = 1\n```", id="a")
    main, explain = VersionedTurn(None, (earlier,), order=1), VersionedTurn(None, (fixed,), order=2)
    magics.session.conversation = Conversation({"main": (main,), "explain": (explain,)})
    assert line(shell, "code") == "The code of turn 1 of chat explain is in the next prompt, and not run.\n"
    assert shell.rl_next_input == "fixed = 1"
    assert line(shell, "code 1") == "The code of turn 1 is in the next prompt, and not run.\n"
    assert shell.rl_next_input == "earlier = 1"


@pytest.mark.parametrize("language", ["rust", "text", "capture", "writefile", "runware", "nonsense", "sql"])
def test_a_language_without_a_magic_is_shown(shell, holding, language):
    """Also one that only has the name of a magic, which is no language."""
    holding(f"```{language} out.txt\nDROP\n```")
    shown = line(shell, "code")
    assert shown == f"The code of turn 1 is here to copy: there is no %%{language} magic.\n\nDROP\n"
    assert shell.rl_next_input is None


def test_a_magic_that_is_loaded_makes_a_cell(shell, holding, monkeypatch):
    """By the language's own name or another of its names."""
    monkeypatch.setitem(shell.magics_manager.magics["cell"], "sql", print)
    holding("```SQL\nSELECT 1\n```", "```shell\nls\n```")
    line(shell, "code 1")
    assert shell.rl_next_input == "%%sql\nSELECT 1"
    line(shell, "code 2")
    assert shell.rl_next_input == "%%bash\nls"


VSCODE = {"metadata": {"cellId": "vscode-notebook-cell:/a.ipynb#W2sZmlsZQ%3D%3D"}}
COLAB = {"metadata": {"colab": {"cell_id": "x"}}}
NBCLIENT = {"header": {"session": "s", "msg_id": "s_1_2"}, "content": {"allow_stdin": False}}


@pytest.mark.parametrize("parent", [VSCODE, COLAB, NBCLIENT], ids=["VS Code", "Colab", "nbclient"])
def test_a_front_end_without_new_cells_shows_the_block(shell, holding, monkeypatch, capsys, parent):
    """Ready to copy, as the cell would be, and says so."""
    holding("```sh\nls\n```")
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    monkeypatch.setattr(shell, "parent_header", parent, raising=False)
    shell.run_line_magic("runware", "code")
    shown = capsys.readouterr().out
    assert "The code of turn 1 is here to copy: this front end makes no cells." in shown
    assert "%%sh\nls" in shown
    assert shell.rl_next_input is None


def test_a_notebook_is_told_of_the_cell_below(shell, holding, monkeypatch):
    """A console has no cells: there, it is the next prompt."""
    holding("```py\nx\n```")
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    monkeypatch.setattr(shell, "parent_header", {"metadata": {"cellId": "a"}}, raising=False)
    assert line(shell, "code") == "The code of turn 1 is in the cell below, and not run.\n"
    console = {"header": {"session": "s", "msg_id": "s_1_2"}, "content": {"allow_stdin": True}}
    monkeypatch.setattr(shell, "parent_header", console, raising=False)
    assert "is in the next prompt" in line(shell, "code")


def test_a_turn_of_a_variable_is_taken(shell, holding):
    """One that belongs to no chat, or an answer of a comparison."""
    holding("Nothing.")
    shell.user_ns["got"] = [said("```\n1\n```"), said("```\n2\n```", state="stopped")]
    assert line(shell, "code --from got[0]") == "The code of got[0] is in the next prompt, and not run.\n"
    assert shell.rl_next_input == "1"
    assert line(shell, "code --from got[1]").endswith("\n\nThe answer is not complete.\n")
    line(shell, "code --from {{'got'}}[0]")
    assert shell.rl_next_input == "1"


def test_no_character_of_a_cell_is_hidden(shell, holding):
    """Code that reads otherwise than it runs is not put where somebody will run it."""
    holding("```python\nx = 1 \u202e# \u2066if\x1b[2J\n```")
    line(shell, "code")
    assert shell.rl_next_input == "x = 1 # if␛[2J"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("3", "There is no turn '3'."),
        ("--from 3", "There is no turn '3'."),
        ("1", "There is no code block in turn 1."),
        ("2 --block 8", "There is no block '8'. The answer has 7 blocks; --block all takes all of them."),
        ("2 --block x", "There is no block 'x'."),
        ("2 --from got", "Two turns: 2 and got."),
        ("--from got", "got is not a turn, but a value of type list."),
        ("--from nothing", "--from nothing raised NameError: name 'nothing' is not defined."),
        ("--from 1+", "--from 1+ raised SyntaxError"),
        ("--blok 2", "--blok is not an option of %runware code. Did you mean --block?"),
    ],
)
def test_what_is_not_there_is_an_error_in_one_line(shell, holding, capsys, words, error):
    """And no cell is made."""
    holding("Nothing.", TEXT)
    shell.user_ns["got"] = []
    assert error in failed(shell, f"%runware code {words}", capsys)[1].replace(" → ", " ")
    assert shell.rl_next_input is None
