"""A budget, as a user of the magics meets it."""

import re
import signal
import threading
import time

import pytest
from growth import PROMPTLY_S
from loopback import chunk, chunked, closing, delta, finish, hang_up, head, sized, sse
from terminal_ipython import cell, failed, line

from runware_magic import Chat
from runware_magic.chat.conversation import Conversation
from runware_magic.chat.saved_outputs import Restored
from runware_magic.chat.turn import Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.errors import BudgetError, OptionError, SpentError, StoppedError

#: A cent for a token of answer, nothing for the prompt; the cells ask the model by its AIR id.
LIST = sized(200, b'{"data": [{"id": "minimax-m2-7", "pricing": {"prompt": "0", "completion": "0.01"}}]}')
NO_LIST = sized(404, b"")
TEN = sse(delta(content="word " * 8))  # tokens: 10 cents by the list


def told(cost):
    """Give a report of what an answer has cost so far."""
    return sse({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost": cost}})


def endless(*pieces):
    """Give an answer that does not end by itself: these, and then silence."""
    return [head(Transfer_Encoding="chunked"), *map(chunk, pieces), threading.Event()]


def whole_answer(cost=None):
    """Give an answer of ten tokens that ends."""
    return chunked([TEN, *([told(cost)] if cost is not None else []), sse(finish(), "[DONE]")])


def posts(server):
    """Count the requests for answers, and those for the list."""
    lines = [heard.line.split()[0] for heard in server.heard]
    return lines.count("POST"), lines.count("GET")


def until(condition):
    """Wait for what comes in a moment."""
    end_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end_s
        threading.Event().wait(0.01)


def run_all(shell, capsys, cells=6):
    """Run cells one after the other, errors and all; give the errors."""
    return [failed(shell, f"%%runware\nQuestion {number}", capsys)[0] for number in range(cells)]


def test_running_all_cells_stops_at_the_budget(shell, magics, asked, capsys):
    """The answer that passes it is stopped, nothing is sent after it, and the list of prices is asked for once."""
    server = asked(LIST, whole_answer(), whole_answer(), endless(*[TEN] * 4))
    magics.budget = 0.5
    errors = run_all(shell, capsys)
    assert [type(error) for error in errors] == [type(None)] * 2 + [BudgetError] + [SpentError] * 3
    assert posts(server) == (3, 1)
    assert magics.session.budget.spent == pytest.approx(0.6)
    assert [turn.state for turn in magics.session.conversation.all_turns()] == ["complete", "complete", "stopped"]


def test_an_answer_that_is_stopped_keeps_what_had_come(shell, magics, asked, capsys):
    """Its badge tells about what it cost; error and record say why it ended."""
    asked(LIST, endless(TEN, TEN))
    magics.budget = 0.15
    error, shown = failed(shell, "%%runware -o answer\nHi", capsys)
    turn = shell.user_ns["answer"]
    assert turn.content.startswith("word word")
    assert (turn.state, turn.usage, turn.error) == ("stopped", None, str(error))
    assert str(error).startswith("Stopped at the budget of $0.15: $0.200 spent, $0.200 of it estimated.")
    assert "minimax:m2.7@0 · cost about $0.200 · stopped · usage unknown" in shown
    assert "BudgetError" in shown
    assert "Traceback" not in shown


def test_what_is_told_counts_where_the_price_is_not_known(shell, magics, asked, capsys):
    """The answer is stopped by cumulative reports all the same; the badge says that the price is unknown."""
    server = asked(NO_LIST, endless(TEN + told(0.2), TEN + told(0.4), TEN + told(0.6), TEN))
    magics.budget = 0.5
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert isinstance(error, BudgetError)
    assert "price unknown" in shown
    assert [type(error) for error in run_all(shell, capsys, 2)] == [SpentError] * 2
    assert posts(server) == (1, 1)


@pytest.mark.parametrize("framed", [chunked, closing])
@pytest.mark.parametrize(
    ("usage", "is_known"),
    [
        ({"prompt_tokens": 9}, False),
        ({"prompt_tokens": 9, "completion_tokens": None, "cost": None}, False),
        ({"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9, "cost": 0}, False),
        ({"prompt_tokens": 9, "completion_tokens": 8, "cost": 0}, True),
        ({"prompt_tokens": 9, "completion_tokens": 8, "cost": 0.25}, True),
    ],
)
def test_a_report_of_the_prompt_alone_tells_no_cost(shell, asked, capsys, framed, usage, is_known):
    """Of an answer that breaks off: in the error, in the badge and in the sum."""
    reply = [step for step in framed([TEN, sse({"choices": [], "usage": usage})]) if step != b"0\r\n\r\n"]
    asked(reply if reply[-1] is hang_up else [*reply, hang_up])
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert ("its cost is unknown" in str(error)) == (not is_known)
    assert ("cost unknown" in shown) == (not is_known)
    assert "9 in" in shown
    assert ("1 answer not reported" in line(shell, "usage")) == (not is_known)


def test_costs_that_nobody_tells_are_unknown(shell, magics, asked, capsys):
    """No price, no report: nothing can be stopped, and all that is shown says so; a list that fails fails no cell."""
    server = asked(NO_LIST, whole_answer(), whole_answer(), whole_answer(0.1))
    magics.budget = 0.1
    assert "price unknown" in cell(shell, "")
    assert run_all(shell, capsys, 2) == [None, None]
    assert "$0.100 (2 answers not reported); $0 of the budget of $0.10 left" in line(shell)
    assert "$0.100 (2 answers not reported)" in line(shell, "usage")
    (error,) = run_all(shell, capsys, 1)
    assert "2 answers of unknown cost not counted" in str(error)
    assert posts(server) == (3, 1)


@pytest.mark.parametrize(
    "reply",
    [
        [hang_up],
        sized(500, b""),
        sized(200, b"<html>", "text/html"),
        sized(200, b'[1, {}, {"id": "minimax-m2-7", "pricing": "dear"}]'),
        [head(Transfer_Encoding="chunked"), chunk(b"["), hang_up],
    ],
)
def test_a_list_of_prices_that_fails_fails_no_cell(shell, magics, asked, reply):
    """The price is unknown, whatever the server does; it is not asked again."""
    server = asked(reply, whole_answer(0.01))
    magics.budget = 1
    assert "price unknown" in cell(shell, "")
    assert "price unknown" in cell(shell, "")
    assert posts(server) == (2, 1)


def test_without_a_budget_nobody_asks_for_prices(shell, magics, asked):
    """And no badge speaks of them."""
    server = asked(whole_answer())
    assert "price" not in cell(shell, "")
    assert posts(server) == (1, 0)
    assert magics.session.budget.spent == 0


def test_prices_that_are_known_estimate_what_nobody_tells(shell, magics, asked):
    """Unknown stays unknown, with what it was about beside it."""
    server = asked(LIST, whole_answer())
    line(shell, "models")
    assert "cost about $0.100 · usage unknown" in cell(shell, "")
    assert "spent     1 answer not reported, about $0.100" in line(shell)
    magics.budget = 0.5
    assert "1 answer not reported, about $0.100; $0.400 of the budget of $0.50 left" in line(shell)
    assert re.search(r"(1 answer not reported +){2}1 answer not reported, about \$0\.100", line(shell, "usage"))
    assert "$0.400 left of $0.50, $0.01 for this answer" in cell(shell, "--dry-run --budget 0.01")
    assert posts(server) == (1, 1)


def test_the_budget_of_a_cell(shell, asked, capsys):
    """Counts its answer alone, whatever was spent before."""
    server = asked(LIST, whole_answer(), endless(*[TEN] * 4))
    assert "stopped" not in cell(shell, "--budget 0.35")
    error, _ = failed(shell, "%%runware --budget 0.35\nHi", capsys)
    assert str(error).startswith("Stopped at this cell's budget of $0.35: the answer has cost about $0.400.")
    assert posts(server) == (2, 1)


@pytest.mark.parametrize("budget", ["-1", "nan", "inf", "much"])
def test_a_budget_that_is_none_is_an_error(shell, asked, budget, capsys):
    """In one line, and nothing is sent."""
    server = asked()
    error, _ = failed(shell, f"%%runware --budget={budget}\nHi", capsys)
    assert isinstance(error, OptionError)
    assert "--budget must be an amount in US dollars from 0" in str(error)
    assert server.heard == []


def test_a_cell_that_may_not_be_sent_shows_what_it_has_answered(shell, magics, asked, capsys):
    """The front end has cleared its output, which held the turn."""
    asked(LIST, whole_answer(0.7))
    magics.budget = 0.5
    shell.parent_header = {"metadata": {"cellId": "uno"}, "header": {"msg_id": "1"}}
    try:
        cell(shell, "")
        shell.parent_header = {"metadata": {"cellId": "uno"}, "header": {"msg_id": "2"}}
        error, shown = failed(shell, "%%runware\nHi", capsys)
    finally:
        del shell.parent_header
    assert isinstance(error, SpentError)
    assert "word word" in shown
    assert [turn.state for turn in magics.session.conversation.all_turns()] == ["complete"]


def test_what_was_spent_in_another_kernel_is_told_apart(shell, magics, asked):
    """Restoring a notebook uses no budget up."""
    asked(LIST, whole_answer(0.1))
    old = Turn("old", "m", "e", (), Timing("2026-01-01T00:00:00Z"), usage=Usage(1, 1, 2, 9.0), state="complete")
    magics.session.restore(Restored(Conversation(), (old,)))
    magics.budget = 0.5
    cell(shell, "")
    assert "$0.100; $0.400 of the budget of $0.50 left" in line(shell)
    assert "m (earlier)" in line(shell, "usage")
    assert "Earlier: asked before this kernel" in line(shell, "usage")


def test_a_request_without_an_answer_may_have_been_billed(shell, magics, asked, capsys):
    """It stands there as unknown when the server fell silent or hung up, and not at all when it refused."""
    asked([hang_up], sized(500, b""), [threading.Event()])
    magics.idle_timeout = 0.2
    assert all(run_all(shell, capsys, 3))
    assert "spent     2 answers not reported" in line(shell)
    magics.idle_timeout = 120


def test_an_interrupt_while_prices_are_asked_for_sends_nothing(shell, magics, asked, capsys):
    """It is prompt, though the server never answers."""
    main = threading.get_ident()
    server = asked([lambda _: signal.pthread_kill(main, signal.SIGINT), threading.Event()], LIST, whole_answer())
    magics.budget = 0.5
    began = time.monotonic()
    error, _ = failed(shell, "%%runware\nHi", capsys)
    assert isinstance(error, StoppedError)
    assert time.monotonic() - began < PROMPTLY_S
    assert posts(server) == (0, 1)
    assert "cost about" in cell(shell, "")  # and then it is asked again, with the prices
    assert posts(server) == (1, 2)


def test_answers_in_the_background_count_while_they_come(shell, magics, asked, capsys):
    """None is asked on what another is spending; the one that passes the budget is stopped, and so is the other."""
    on = threading.Event()
    held = [*endless(*[TEN] * 4)[:-1], on, chunk(TEN), threading.Event()]
    server = asked(LIST, held, endless(TEN, TEN))
    magics.budget = 0.5
    cell(shell, "--background -c behind")
    until(lambda: magics.session.budget.spent > 0.39)
    assert "1 in progress (about $0.400); $0.100 of the budget of $0.50 left" in line(shell)
    error, _ = failed(shell, "%%runware\nHi", capsys)
    assert isinstance(error, BudgetError)
    on.set()
    until(lambda: not magics.background.under_way())
    assert [turn.state for turn in magics.session.conversation.all_turns()] == ["stopped", "stopped"]
    assert magics.session.budget.spent == pytest.approx(0.7)
    assert posts(server) == (2, 1)


def test_a_chat_has_a_budget_of_its_own(serve):
    """A loop that asks is guarded too, and goes on when it is raised; what had come is in the turns."""
    server = serve(LIST, whole_answer(), endless(TEN, TEN), whole_answer(0.01))
    chat = Chat("minimax:m2.7@0", base_url=server.url, budget=0.25)
    chat.ask("Hi")
    events = []
    with pytest.raises(BudgetError, match=r"Stopped at the budget of \$0\.25"):
        events.extend(chat.stream("Hi"))
    assert "".join(getattr(event, "text", "") for event in events) == chat.turns[-1].content != ""
    with pytest.raises(SpentError, match=r"chat\.budget = "):
        chat.ask("Hi")
    chat.budget = 9
    assert chat.ask("Hi").cost == 0.01
    chat.close()
    assert posts(server) == (3, 1)


@pytest.mark.parametrize("budget", [-1, float("nan"), "1"])
def test_a_chat_takes_dollars(serve, budget):
    """Anything else is an error before anything is sent."""
    server = serve(LIST)
    with pytest.raises(OptionError, match=r"^budget must be an amount in US dollars, 0 or more"):
        Chat(base_url=server.url, budget=budget).ask("Hi")
    assert server.heard == []


@pytest.mark.usefixtures("_sockets")
def test_the_demo_endpoint_teaches_budgets(shell, magics, capsys):
    """What its answers pretend to cost counts, and its list has the prices."""
    magics.budget = 0.00005
    errors = [failed(shell, f"%%runware\nExplain recursion {number}", capsys)[0] for number in range(2)]
    assert [type(error) for error in errors] == [BudgetError, SpentError]
    assert 0.00005 < magics.session.budget.spent < 0.0002
