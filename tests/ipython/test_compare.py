"""Cells that ask for several answers at once: what is sent, what is kept, what the chat goes on from."""

import csv
import json
import pickle
import sqlite3
import threading

import pandas as pd
import pytest
from loopback import chunk, chunked, delta, finish, head, sized, sse
from terminal_ipython import cell, contents, failed, line

from runware_magic.chat.saved_outputs import SavedOutput, rebuild
from runware_magic.comparison import Comparison
from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import CheckFailedError, ConfirmError, OptionError, RunwareError, StoppedError, UsageError

PRICES = {"prompt": "0.000001", "completion": "0.00001"}


class Output:
    """Stands for the output of a cell in a front end."""

    tells_errors = False

    def __init__(self, drawn):
        self.shown, self.refused = [], []
        self.most_at_once = 0
        self._drawn = drawn

    def open(self, slots):
        """Take note that requests are on their way."""

    def draw(self, slots, elapsed_s):  # noqa: ARG002  # as in `GridView`
        """Count those that are on their way; of one answer alone, nothing."""
        slots = slots if isinstance(slots, list) else []
        self.most_at_once = max(self.most_at_once, sum(slot.builder is not None for slot in slots))
        self._drawn(slots)
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Keep what is shown."""
        self.shown.append(settled)

    def refuse(self, model, error):
        """Keep why there is no answer."""
        self.refused.append((model, error))


class Notebook:
    """Stands for a front end that tells cell ids."""

    def __init__(self, shell, magics):
        self._shell, self._magics = shell, magics
        self.outputs = {}
        self.drawn = len
        self.pick = self.stop = None
        magics.dispatch._view = self

    def __call__(self, *_, **__):
        """Show one answer."""
        return self._output

    def grid(self, _settings, stop, pick):
        """Show several."""
        self.stop, self.pick = stop, pick
        return self._output

    def run(self, cell_id, options="", prompt="Hi"):
        """Run a cell."""
        self.enter(cell_id)
        return cell(self._shell, options, prompt)

    def enter(self, cell_id):
        """Let this be the cell that runs."""
        self._shell.parent_header = {"metadata": {"cellId": cell_id}}
        self._output = self.outputs[cell_id] = Output(lambda slots: self.drawn(slots))  # noqa: PLW0108  # it may change

    def shown(self, cell_id):
        """Give what a cell shows in the end."""
        return self.outputs[cell_id].shown[-1]

    @property
    def conversation(self):
        """All that was said."""
        return self._magics.session.conversation


@pytest.fixture
def notebook(shell, magics):
    """Give a front end."""
    yield Notebook(shell, magics)
    shell.__dict__.pop("parent_header", None)


def listing(reply):
    """Let a reply be to prompts only; give a list of models where that is asked for."""
    models = sized(200, json.dumps([{"id": name, "pricing": PRICES} for name in "abcd"]).encode())
    return lambda heard: models if heard.line.startswith("GET") else reply(heard)


@listing
def asked_back(heard):
    """Say which model was asked what, and how."""
    body = heard.json
    said = f"{body['model']} {body.get('temperature', '')} {body['messages'][-1]['content']}".replace("  ", " ")
    return chunked([sse(delta(content=said), finish(), "[DONE]")])


def said(turns):
    """Give the texts of some answers."""
    return [turn.content for turn in turns]


def requests(server):
    """Give the chat requests that a server heard."""
    return [heard for heard in server.heard if heard.line.startswith("POST")]


def test_several_models_are_asked_at_once(notebook, asked):
    """Each answer is a version of the one turn; the chat goes on from the first."""
    server = asked(asked_back)
    notebook.run("1", "--compare a,b")
    notebook.run("2", "-m a", "And?")
    assert said(notebook.shown("1").variants) == ["a Hi", "b Hi"]
    assert said(notebook.conversation.turns("main")) == ["a Hi", "a And?"]
    assert contents(server.heard[-1]) == [("user", "Hi"), ("assistant", "a Hi"), ("user", "And?")]


def test_the_grid_is_the_product(notebook, asked, shell):
    """Models, values, rows and runs; each with what tells it from the others."""
    server = asked(asked_back)
    shell.user_ns["rows"] = [{"name": "Oslo"}, {"name": "Lima"}]
    notebook.run("1", "--compare a,b --sweep temperature=0,1 --over rows -n 2 -o got --yes", "{{ row.name }}?")
    got = shell.user_ns["got"]
    assert len(got) == len(requests(server)) == 16
    asked_for = [f"{model} {value} {row}?" for row in ("Oslo", "Lima") for model in "ab" for value in ("0.0", "1.0")]
    assert said(got) == [text for text in asked_for for _ in range(2)]
    assert got.turns[0].variant.labels == {"row": "1", "model": "a", "temperature": "0", "run": "1"}
    assert len({turn.variant.fingerprint for turn in got}) == 16
    assert [turn.variant.number for turn in got] == list(range(1, 17))


def test_the_chat_goes_on_from_the_picked_answer(notebook, asked, shell, gate):
    """By command, by value, by the button; what stands below is marked."""

    def reply(heard):
        whole = asked_back(heard)
        # The last comparison ends when an answer has been picked in it: what is never drawn has no button.
        return [gate, *whole] if heard.json["messages"][-1]["content"] == "Last?" else whole

    server = asked(reply)
    notebook.run("1", "--compare a,b -o got")
    notebook.run("2", "-m a", "And?")
    assert "continues from answer 2 of turn 1 (b)" in line(shell, "pick 2")
    assert said([notebook.shown("1").turn]) == ["b Hi"]
    assert "turn 1 has changed since" in notebook.shown("2").mark.lower()
    notebook.run("3", "-m a", "Then?")
    assert ("assistant", "b Hi") in contents(server.heard[-1])
    assert shell.user_ns["got"].picked.content == "b Hi"
    assert shell.user_ns["got"].pick(1).content == "a Hi"
    assert not notebook.shown("2").mark

    def pick_as_they_come(_):
        notebook.pick(2)
        gate.set()

    notebook.drawn = pick_as_they_come
    notebook.run("4", "--compare a,b", "Last?")
    assert said(notebook.conversation.turns("main"))[-1] == "b Last?"


def test_running_the_cell_again_adds_versions(notebook, asked):
    """Of the same turn; the first of the new answers counts."""
    asked(asked_back)
    notebook.run("1", "--compare a,b")
    notebook.run("1", "--compare b,a")
    (place,) = notebook.conversation.places("main")
    assert said(place.versions) == ["a Hi", "b Hi", "b Hi", "a Hi"]
    assert place.shown == 2
    assert said(notebook.shown("1").variants) == ["b Hi", "a Hi"]


def test_one_record_restores_all_of_it(notebook, asked):
    """Every answer, which one counts, and what came of its checks."""
    asked(asked_back)
    notebook.run("1", "--compare a,b --expect contains:Hi")
    notebook.pick = None
    line(notebook._shell, "pick 2")
    record = json.loads(json.dumps(notebook.shown("1").record))
    rebuilt = rebuild([SavedOutput(record, 1, "1")])
    assert rebuilt.conversation == notebook.conversation
    assert not rebuilt.left_out


def test_outside_of_all_chats_the_record_holds_all_of_it_too(notebook, asked):
    """Nothing else does; and there is nothing to pick."""
    asked(asked_back)
    notebook.run("1", "--compare a,b --once")
    assert notebook.pick is None
    assert notebook.conversation.chats == {}
    rebuilt = rebuild([SavedOutput(notebook.shown("1").record, 1, "1")])
    assert said(rebuilt.turns) == ["a Hi", "b Hi"]


def test_one_that_fails_leaves_the_others_alone(notebook, asked, shell, capsys):
    """It stands among them with its error, the cell fails, and the chat goes on from the first whole one."""

    def refuse(heard):
        return sized(400, b'{"error": "No."}') if heard.json["model"] == "a" else asked_back(heard)

    asked(listing(refuse))
    notebook.enter("1")
    error, _ = failed(shell, "%%runware --compare a,b,c -o got\nHi", capsys)
    assert isinstance(error, RunwareError)
    assert "1 of 3 answers are not complete; the others are kept" in str(error)
    assert [turn.state for turn in shell.user_ns["got"]] == ["failed", "complete", "complete"]
    assert said(notebook.conversation.turns("main")) == ["b Hi"]


def test_where_none_answers_there_is_no_turn(notebook, asked, shell, capsys):
    """The error is the first one's, and the earlier answer is shown again."""
    server = asked(asked_back)
    notebook.run("1", "--compare a,b")
    server.replies[:] = [sized(401, b'{"error": "Bad key."}')]
    notebook.enter("1")
    error, _ = failed(shell, "%%runware --compare a,b\nHi", capsys)
    assert "rejected the key" in str(error)
    assert said(notebook.shown("1").variants) == ["a Hi", "b Hi"]
    assert len(notebook.conversation.places("main")[0].versions) == 2


def test_no_more_are_under_way_than_may_be(notebook, asked):
    """And all come."""
    asked(asked_back)
    notebook.run("1", "--compare a -n 12 --max-parallel 3")
    assert 1 <= notebook.outputs["1"].most_at_once <= 3
    assert len(notebook.shown("1").variants) == 12


def test_an_interrupt_stops_all_and_keeps_what_had_come(notebook, asked, shell, capsys):
    """Those that had not begun are not asked."""
    never = threading.Event()
    begun = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="so far"))), never]
    server = asked(listing(lambda _: begun))

    def stop_when_all_have_come(slots):
        if sum(bool(slot.builder and slot.builder.content) for slot in slots) == 2:
            notebook.stop.ask()

    notebook.drawn = stop_when_all_have_come
    notebook.enter("1")
    error, _ = failed(shell, "%%runware --compare a,b,c,d --max-parallel 2 -o got\nHi", capsys)
    assert isinstance(error, StoppedError)
    assert "0 of 4 answers are complete" in str(error)
    assert [(turn.state, turn.content) for turn in shell.user_ns["got"]] == [("stopped", "so far")] * 2
    assert len(requests(server)) == 2


def test_a_refusal_for_too_many_requests_slows_all_of_them(notebook, asked, magics):
    """It is tried again, and meanwhile nobody else is sent."""
    counts = {"refused": 0}

    @listing
    def busy_at_first(heard):
        counts["refused"] += 1
        return asked_back(heard) if counts["refused"] > 1 else sized(429, b"", Retry_After="0.05")

    asked(busy_at_first)
    magics.retries = 2
    notebook.run("1", "--compare a,b,c,d --max-parallel 2")
    assert said(notebook.shown("1").variants) == ["a Hi", "b Hi", "c Hi", "d Hi"]


def test_what_was_answered_before_is_kept(notebook, asked, shell):
    """With --keep only the new ones are sent."""
    server = asked(asked_back)
    notebook.run("1", "--compare a,b --keep")
    notebook.run("1", "--compare a,b,c --keep -o got")
    assert sorted(heard.json["model"] for heard in requests(server)) == ["a", "b", "c"]
    assert said(shell.user_ns["got"]) == ["a Hi", "b Hi", "c Hi"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("--expect contains:Hi", ""),
        ("--expect contains:zebra", "0/2 passed (0–66 %). The first failure (x): contains:zebra"),  # a range  # noqa: RUF001  # a range
        ("--expect 'contains:x Hi'", "1/2 passed"),
        ("--expect 'contains:x Hi' --expect-rate 0.5", ""),
        ("--expect 'contains:x Hi' --expect-rate 0.6", "1/2 passed (9–91 %); 60% required"),  # noqa: RUF001  # likewise
        ("--expect 'py:row in turn.content'", ""),
        ("--expect 'contains:{{ row }} Hi' --expect 'contains:{{ word }}'", ""),
    ],
)
def test_a_cell_whose_checks_fail_fails_with_one_line(notebook, asked, shell, capsys, options, error):
    """After the answers are shown; a share of them may do. What is expected may be told by the row."""
    asked(asked_back)
    shell.user_ns |= {"letters": ["x", "y"], "word": "Hi"}
    notebook.enter("1")
    raised, shown = failed(shell, f"%%runware a --over letters {options}\n{{{{ row }}}} Hi", capsys)
    assert len(notebook.shown("1").variants) == 2
    assert error in str(raised or "")
    assert isinstance(raised, CheckFailedError if error else type(None))
    assert "Traceback" not in shown


def test_a_failed_check_says_which_row_and_what_was_expected_of_it(notebook, asked, shell, capsys):
    """In the words that the row has put in."""
    asked(asked_back)
    shell.user_ns["cities"] = {"no": {"says": "a no"}, "pe": {"says": "zebra"}}
    notebook.enter("1")
    options = "--expect 'contains:{{ row.says }}'"
    raised, _ = failed(shell, f"%%runware a --over cities {options}\n{{{{ row.says[-2:] }}}}", capsys)
    assert "The first failure (zebra): contains:{{ row.says }}: contains:zebra: the answer is" in str(raised)


def test_rows_of_equal_labels_keep_their_own_prompts_and_checks(notebook, asked, shell, capsys):
    """As pandas.concat makes them: told apart by their place, and called by names of their own."""
    asked(asked_back)
    frames = [pd.DataFrame({"word": words}) for words in (["one", "two"], ["three", "four"])]
    shell.user_ns["frame"] = frame = pd.concat(frames)
    notebook.enter("1")
    raised, _ = failed(
        shell, "%%runware a --over frame --expect 'contains:{{ row.word }}' -o got\n{{ row.word }}", capsys
    )
    got = shell.user_ns["got"]
    assert raised is None
    assert [turn.messages[-1].content for turn in got] == ["one", "two", "three", "four"]
    assert [turn.variant.labels["row"] for turn in got] == ["0", "1", "0 (2)", "1 (2)"]
    table = got.to_dataframe()
    assert list(table.index) == list(frame.index)
    assert list(table["word"]) == list(frame["word"])
    assert list(table["row_number"]) == [1, 2, 3, 4]


def test_a_series_is_called_by_its_labels(notebook, asked, shell):
    """Its values are the rows: a column of a table, for example."""
    asked(asked_back)
    shell.user_ns["frame"] = frame = pd.DataFrame({"people": [709, 10_000]}, index=["Oslo", "Lima"])
    notebook.run("1", "a --over \"frame['people']\" -o got", "{{ row + 1 }}")
    got = shell.user_ns["got"]
    assert said(got) == ["a 710", "a 10001"]
    assert [turn.variant.labels["row"] for turn in got] == ["Oslo", "Lima"]
    table = got.to_dataframe()
    assert list(frame.join(table["content"])["content"]) == ["a 710", "a 10001"]
    assert list(table["people"].items()) == list(frame["people"].items())
    assert "row_number" not in table


@pytest.mark.parametrize(
    ("swept", "values"),
    [
        ("temperature=0.1,0.5", [0.1, 0.5]),
        ("temperature=0,1", [0.0, 1.0]),
        ("seed=1,2", [1, 2]),
        ("top_k=10,20", [10, 20]),
        ("effort=low,high", ["low", "high"]),
        ('\'user="1","2"\'', ["1", "2"]),
        ("logprobs=true,false", [True, False]),
        ("stop=END,11", ['["END"]', '["11"]']),
    ],
)
def test_swept_values_keep_their_types(notebook, asked, shell, tmp_path, swept, values):
    """In the table; a file has them as they are written on the line."""
    asked(asked_back)
    notebook.run("1", f"a --sweep {swept} -n 2 -o got")
    got = shell.user_ns["got"]
    for each in (got, pickle.loads(pickle.dumps(got))):  # noqa: S301  # the test's own
        table = each.to_dataframe()
        column = table.iloc[:, 1].tolist()
        assert column == [value for value in values for _ in range(2)]
        assert list(map(type, column[::2])) == list(map(type, values))
        assert table["run"].tolist() == [1, 2, 1, 2]
    got.to_csv(tmp_path / "got.csv")
    with (tmp_path / "got.csv").open(newline="") as file:
        assert [row[got.to_dataframe().columns[1]] for row in csv.DictReader(file)] == [
            next(iter(turn.variant.labels.values())) for turn in got
        ]


def test_the_labels_of_rows_keep_their_types(notebook, asked, shell):
    """So that the answers merge back."""
    asked(asked_back)
    frame = pd.DataFrame({"word": ["a", "b"]}, index=pd.to_datetime(["2026-01-01", "2026-01-02"]))
    shell.user_ns["frame"] = frame
    notebook.run("1", "a --over frame -o got", "{{ row.word }}")
    answers = shell.user_ns["got"].to_dataframe()
    assert list(frame.join(answers[["content"]])["content"]) == ["a a", "a b"]
    loaded = pickle.loads(pickle.dumps(shell.user_ns["got"]))  # the test's own  # noqa: S301  # the test's own
    assert list(loaded.to_dataframe().index) == list(frame.index)


KEY = "sk-9aB8cD7eF6gH5iJ4kL3mN2"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("", "Row y: {{ row.a }} raised AttributeError: this row has no a"),
        ("--expect contains:{{row.b}}", "Row x: --expect: {{ row.b }} raised AttributeError: this row has no b"),
        ("--expect contains:{{row.c}}", "Row y: --expect: {{ row.c }} raised AttributeError: this row has no c"),
        ("--expect contains:{{row.empty}}", "Row x: --expect must be contains:TEXT or"),
        (
            "--expect max_words:{{row.text}}",
            "Row x: --expect must be max_words: with a whole number from 1, not 'max_words:a b'",
        ),
        ("--expect re:{{row.open}}", "Row x: --expect must be re: with a regular expression"),
        (
            "--expect 'py:turn.content == {{row.text}}'",
            "Row x: --expect must be schema: and py: with a Python expression",
        ),
        ("--expect {{row.text}}", "Row x: --expect must be contains:TEXT or"),
        (
            "--expect schema:row.form",
            "Row y: schema:row.form is not a JSON schema: AttributeError: this row has no form",
        ),
        ("--expect schema:{{row.text}}", "Row x: --expect must be schema: and py: with a Python expression"),
        ("--expect schema:{{row.name}}", "Row x: schema:{{row.name}} is not a JSON schema: NameError: name 'nobody'"),
    ],
)
def test_an_error_in_a_row_says_which(shell, capsys, asked, options, error):
    """In its prompt or in what is expected of it; and nothing is sent."""
    server = asked(asked_back)
    row = {"a": 1, "c": 1, "empty": "", "text": "a b", "open": "(", "form": {"type": "object"}, "name": "nobody"}
    shell.user_ns["rows"] = {"x": row, "y": {"d": 1}}
    prompt = "{{ row.get('a') }}" if options else "{{ row.a }}"
    raised, shown = failed(shell, f"%%runware a --over rows {options}\n{prompt}", capsys)
    assert str(raised).startswith(error)
    assert "Traceback" not in shown
    assert server.heard == []


@pytest.mark.parametrize(
    "body", ["{{ row }}", "user:\n{{ row }}\nassistant:\nAha.\nuser:\nHi", "system:\n{{ row }}\nuser:\nHi"]
)
def test_a_key_in_a_row_says_which(shell, capsys, asked, body):
    """It is not repeated, and nothing is sent for the other rows either."""
    server = asked(asked_back)
    shell.user_ns["rows"] = {"x": "Hi", "y": f"My key is {KEY}."}
    raised, shown = failed(shell, f"%%runware a --over rows\n{body}", capsys)
    who = "system" if body.startswith("system") else "user"
    assert str(raised).startswith(f"Row y: The {who} message contains what looks like a key (sk-…); nothing was sent.")
    assert KEY not in shown
    assert server.heard == []


def test_rows_that_break_off_are_not_asked_about(shell, capsys, asked):
    """One line names the expression, the row and the error; nothing is sent."""
    server = asked(asked_back)

    def cities():
        yield from ("Oslo", "Lima")
        raise sqlite3.OperationalError("no such column: name")  # noqa: EM101, TRY003  # as a database does

    shell.user_ns["cities"] = cities
    raised, shown = failed(shell, "%%runware a --over cities()\n{{ row }}", capsys)
    assert isinstance(raised, OptionError)
    assert str(raised).startswith("cities(): row 3 raised OperationalError: no such column: name.")
    assert "Traceback" not in shown
    assert server.heard == []


def test_what_is_expected_may_stand_in_the_rows(notebook, asked, shell, capsys):
    """All of it: its kind, a number, a schema; it is read before anything is sent."""
    asked(
        listing(lambda heard: chunked([sse(delta(content=heard.json["messages"][-1]["content"]), finish(), "[DONE]")]))
    )
    text, number = {"type": "string"}, {"type": "number"}
    shell.user_ns["rows"] = [
        {"says": '"one two"', "check": "contains:one", "most": 2, "form": text, "name": "'string'"},
        {"says": "3", "check": "re:^4", "most": 1, "form": number, "name": "'number'"},
    ]
    notebook.enter("1")
    checks = (
        "{{row.check}}",
        "max_words:{{row.most}}",
        "schema:row.form",
        "'schema:{\"type\": {{row.name}}}'",
        "py:row.most",
    )
    options = " ".join(f"--expect {check}" for check in checks)
    raised, _ = failed(shell, f"%%runware a --over rows {options} -o got\n{{{{ row.says }}}}", capsys)
    assert "1/2 passed" in str(raised)
    assert "The first failure (says 3): {{row.check}}: re:^4: the answer is '3'." in str(raised)
    verdicts = [[verdict.passed for verdict in turn.verdicts] for turn in shell.user_ns["got"]]
    assert verdicts == [[True] * 5, [False, *[True] * 4]]


@pytest.mark.parametrize("over", ["{'a':1}", "{'a': 1}", "['a','b']", "cities['name']", "load('x')"])
def test_rows_without_quotes_around_them_are_told_of(shell, capsys, asked, over):
    """The quotes within were taken for those of the line."""
    server = asked(asked_back)
    shell.user_ns |= {"cities": {}, "load": len}
    raised, _ = failed(shell, f"%%runware a --over {over}\n{{{{ row }}}}", capsys)
    assert "Quote the whole value" in str(raised)
    assert server.heard == []


def test_a_single_answer_is_checked_too(notebook, asked, shell, capsys):
    """It is shown and kept, then the cell fails."""
    asked(asked_back)
    notebook.enter("1")
    error, _ = failed(shell, "%%runware a --expect json --expect contains:Hi\nHi", capsys)
    assert isinstance(error, CheckFailedError)
    assert [verdict.passed for verdict in notebook.conversation.turns("main")[0].verdicts] == [False, True]


def test_what_takes_much_wants_a_yes(notebook, asked, shell, magics, capsys):
    """By requests or by dollars; nothing is sent before, but for the prices."""
    server = asked(asked_back)
    notebook.enter("1")
    error, _ = failed(shell, "%%runware --compare a -n 21\nHi", capsys)
    assert isinstance(error, ConfirmError)
    assert "would send 21 requests for about $0.860 at most" in str(error)
    magics.confirm_above = (100, 0.5)
    error, _ = failed(shell, "%%runware --compare a -n 21\nHi", capsys)
    assert isinstance(error, ConfirmError)
    assert requests(server) == []
    notebook.run("1", "--compare a -n 21 --yes")
    assert len(requests(server)) == 21


def test_a_dry_run_says_what_it_would_take(notebook, asked):
    """Requests, tokens, dollars."""
    server = asked(asked_back)
    shown = notebook.run("1", "--compare a,b -n 30 --max-tokens 100 --dry-run")
    assert requests(server) == []
    assert "requests    60" in shown
    assert "at most 6,000" in shown
    assert "about $0.0605 at most" in shown


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("--over nobody", "--over nobody raised NameError"),
        ("--over 5", "5 must be a list"),
        ("--over []", "[] has no rows"),
        ("--compare a --background", "--background works for one answer"),
    ],
)
def test_what_cannot_be_asked_is_an_error_in_one_line(notebook, asked, shell, capsys, options, error):
    """And nothing is sent."""
    server = asked(asked_back)
    notebook.enter("1")
    raised, _ = failed(shell, f"%%runware {options}\nHi", capsys)
    assert isinstance(raised, OptionError)
    assert error in str(raised)
    assert server.heard == []


def test_the_comparison_is_a_value(notebook, asked, shell, tmp_path):
    """Rows of what was asked, what came and what it cost; as a file too."""
    asked(asked_back)
    notebook.run("1", "--compare a,b --expect contains:b -o got --expect-rate 0.5")
    got = shell.user_ns["got"]
    assert isinstance(got, Comparison)
    got.to_csv(tmp_path / "got.csv")
    head_line, *rows = (tmp_path / "got.csv").read_text().splitlines()
    assert head_line.split(",")[:5] == ["number", "model", "state", "content", "reasoning"]
    assert [row.split(",")[:4] for row in rows] == [["1", "a", "complete", "a Hi"], ["2", "b", "complete", "b Hi"]]
    assert [row.split(",")[-2] for row in rows] == ["False", "True"]
    with pytest.raises(OptionError, match="There is no answer 3"):
        got.pick(3)


def test_a_dataframe_goes_in_and_comes_out(notebook, asked, shell):
    """Its rows are asked about by the names of its columns; the answers are rows, too."""
    asked(asked_back)
    shell.user_ns["cities"] = pd.DataFrame({"name": ["Oslo", "Lima"], "people": [709, 10_000]}, index=["NO", "PE"])
    notebook.run("1", "a --over cities -o got", "{{ row.name }}, {{ row.people }}?")
    frame = shell.user_ns["got"].to_dataframe()
    assert list(frame["content"]) == ["a Oslo, 709?", "a Lima, 10000?"]
    assert list(frame.index) == ["NO", "PE"]
    assert list(frame.columns[:3]) == ["name", "people", "number"]
    assert [turn.variant.used for turn in shell.user_ns["got"]] == [
        {"name": "Oslo", "people": "709"},
        {"name": "Lima", "people": "10000"},
    ]
    assert frame["cost"].isna().all()


def test_the_rows_keep_their_columns_types_and_index(notebook, asked, shell, tmp_path):
    """All of them, whatever the prompt used; a column of the answers that is there already gets another name."""
    asked(asked_back)
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"])
    shell.user_ns["frame"] = frame = pd.DataFrame(
        {
            "cost": pd.array([1, None], dtype="Int64"),
            "kind": pd.Categorical(["p", "q"]),
            "when": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
        },
        index=index,
    )
    notebook.run("1", "--over frame --compare a,b -o got", "{{ row.kind }}")
    frame["later"] = 1
    table = shell.user_ns["got"].to_dataframe()
    asked_about = frame.drop(columns="later").iloc[[0, 0, 1, 1]]
    pd.testing.assert_frame_equal(table[list(asked_about.columns)], asked_about)
    assert list(table["answer_cost"].isna()) == [True] * 4
    assert list(table["model"]) == ["a", "b", "a", "b"]
    shell.user_ns["got"].to_csv(tmp_path / "got.csv")
    with (tmp_path / "got.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert [row[name] for name in ("cost", "kind", "number", "row", "model", "content", "answer_cost")] == [
        *("1", "p", "1", "('a', 1)", "a", "a p", "")
    ]


@pytest.mark.parametrize(
    ("rows", "columns", "index"),
    [
        ([{"name": "Oslo"}, {"name": "Lima"}], {"name": ["Oslo", "Lima"]}, [0, 1]),
        (["Oslo", "Lima"], {"value": ["Oslo", "Lima"]}, [0, 1]),
        ({"no": "Oslo", "pe": "Lima"}, {"value": ["Oslo", "Lima"]}, ["no", "pe"]),
    ],
)
def test_rows_of_any_kind_come_back(notebook, asked, shell, rows, columns, index):
    """With the index that pandas would give them, or with their keys."""
    asked(asked_back)
    shell.user_ns["rows"] = rows
    notebook.run("1", "a --over rows -o got", "{{ row }}")
    table = shell.user_ns["got"].to_dataframe()
    assert table[list(columns)].to_dict("list") == columns
    assert list(table.index) == index


def test_without_pandas_there_is_a_hint(notebook, asked, shell, monkeypatch):
    """It is no dependency."""
    asked(asked_back)
    notebook.run("1", "--compare a,b -o got")
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        shell.user_ns["got"].to_dataframe()


def test_a_turn_with_one_answer_has_none_to_pick(notebook, asked, shell, capsys):
    """The error says how several are asked for."""
    asked(asked_back)
    notebook.run("1", "-m a")
    error, _ = failed(shell, "%runware pick 1", capsys)
    assert isinstance(error, UsageError)
    assert "No turn of chat main has several answers" in str(error)


def test_a_schema_is_looked_at_before_anything_is_sent(notebook, asked, shell, capsys):
    """And each answer against it; no reference in it is fetched."""
    server = asked(asked_back)
    shell.user_ns |= {"good": {"type": "string"}, "bad": {"type": "nothing"}, "far": {"$ref": "http://127.0.0.1:9/x"}}
    notebook.enter("1")
    for name, error in (
        ("nobody", "NameError"),
        ("bad", "schema:bad: The dict is no JSON schema: type: 'nothing' is not valid"),
        ("5", "schema:5: A schema must be a class, a JSON schema or fields, not an int"),
        ("far", "schema:far: The JSON schema refers to 'http://127.0.0.1:9/x', but other documents are not fetched"),
    ):
        raised, _ = failed(shell, f"%%runware --compare a,b --expect schema:{name}\nHi", capsys)
        assert isinstance(raised, OptionError)
        assert error in str(raised)
    assert requests(server) == []
    shell.user_ns["Names"] = list[str]
    raised, _ = failed(shell, "%%runware a --expect schema:good --expect schema:Names\nHi", capsys)
    assert isinstance(raised, CheckFailedError)
    assert [verdict.why[:8] for verdict in notebook.conversation.turns("main")[0].verdicts] == ["not JSON"] * 2
