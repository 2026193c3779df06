"""Tool calls of a turn: what runs, who agreed, what the model is sent, and what is kept."""

import json
import os
import signal
import threading
import time
from dataclasses import replace

import pytest
from cells import SETTINGS, Watching
from growth import PROMPTLY_S
from scripted import WHERE, Scripted
from variants import answer

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened, ToolCallDelta, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Reply, ToolResult
from runware_magic.chat.usage import Usage
from runware_magic.engine.cancel import CancelToken
from runware_magic.engine.checker import Checker
from runware_magic.engine.course import Job, Plan
from runware_magic.engine.judge import Judge
from runware_magic.engine.query import Query
from runware_magic.engine.runner import Runner
from runware_magic.engine.session import Session
from runware_magic.engine.tool_loop import LATER, REFUSE, RUN, Toolbox
from runware_magic.engine.tool_watch import ToolWatch
from runware_magic.engine.view import ViewOfOne
from runware_magic.errors import ConnectionLostError, RunwareError, StoppedError
from runware_magic.prompt.tools.read_tool import read_tool

ran = []


def weather(city: str) -> str:
    """Tell the weather.

    Parameters
    ----------
    city
        Where.
    """
    ran.append(city)
    return f"rain in {city}"


def run(tool, call, arguments):
    """Run a function, in the simplest way."""
    return ToolResult(call.id, call.name, str(tool.function(**arguments)), seconds=0.1)


class Says:
    """Gives one decision after the other, the last one again and again; takes note of what it is asked."""

    def __init__(self, *decisions):
        self.decisions, self.asked = [*decisions], []

    def decide(self, tool, call, *, again):
        """Return the next decision."""
        self.asked.append((tool.name, call.arguments, again))
        return self.decisions.pop(0) if len(self.decisions) > 1 else self.decisions[0]


def calling(*calls, cost=0.25, reason="tool_calls", content=""):
    """Return an answer that calls tools: ids, names and arguments."""
    told = [ToolCallDelta(at, *call) for at, call in enumerate(calls)]
    return (Opened(), ContentDelta(content), *told, usage(cost), Finished(reason), Ended())


def said(text, cost=0.25):
    """Return an answer in words."""
    return (Opened(), ContentDelta(text), usage(cost), Finished("stop"), Ended())


def usage(cost):
    """Return a report."""
    return UsageReport(Usage(prompt_tokens=10, completion_tokens=5, cost=cost))


def interrupt():
    """Interrupt the kernel."""
    os.kill(os.getpid(), signal.SIGINT)


OSLO, LIMA = ("a", "weather", '{"city": "Oslo"}'), ("b", "weather", '{"city": "Lima"}')


def asked(scripted, consent=None, *, view=None, session=None, run=run, **more):
    """Return the turn of an answer with tools, and the session."""
    ran.clear()
    box = Toolbox((read_tool(weather),), run, consent or Says(RUN), **more)
    plan = Plan.of(Checker((), lambda *_: None), Judge(), tools=box)
    query = Query((Message("user", "Hi"),), "m", cell_id="c1", parameters=plan.parameters)
    session = session or Session(lambda *_: scripted)
    runner = Runner(session, [Job(query, plan)], WHERE, SETTINGS, lambda *_: ViewOfOne(view or Watching()))
    (turn,) = runner.here()
    return turn, session


def gone_on(turn, scripted, run=run):
    """Return a turn that waited, after its calls were allowed."""
    box = Toolbox((read_tool(weather),), run, Says(RUN))
    plan = Plan.of(Checker((), lambda *_: None), Judge(), tools=box)
    query = Query(turn.messages, "m", cell_id="c1", parameters=turn.parameters, resume=turn)
    runner = Runner(Session(lambda *_: scripted), [Job(query, plan)], WHERE, SETTINGS, lambda *_: ViewOfOne(Watching()))
    (done,) = runner.here()
    return done


def sent(request):
    """Return the messages of a request as (role, content, calls or id)."""
    return [
        (each.role, each.content, [call.arguments for call in each.tool_calls] or each.tool_call_id)
        for each in request.messages
    ]


def test_a_call_runs_and_its_result_is_sent():
    """The turn has all of it, and one cost."""
    scripted = Scripted(calling(OSLO, content="Let me look."), said("It rains."))
    turn, session = asked(scripted)
    assert (turn.content, ran, turn.state) == ("It rains.", ["Oslo"], "complete")
    reply, result = turn.replies
    assert (reply.content, [call.name for call in reply.tool_calls], reply.usage.cost) == (
        "Let me look.",
        ["weather"],
        0.25,
    )
    assert (result.content, result.state, result.seconds) == ("rain in Oslo", "done", 0.1)
    assert sent(scripted.heard[1]) == [
        ("user", "Hi", ""),
        ("assistant", "Let me look.", ['{"city": "Oslo"}']),
        ("tool", "rain in Oslo", "a"),
    ]
    assert (turn.usage.cost, turn.usage.prompt_tokens, session.budget.spent) == (0.5, 20, 0.5)
    assert session.conversation.turns("main") == (turn,)
    assert scripted.heard[0].parameters["tools"][0]["function"]["name"] == "weather"


def test_a_record_holds_the_calls():
    """And restores them, without running anything."""
    turn, _ = asked(Scripted(calling(OSLO), said("It rains.")))
    ran.clear()
    assert from_record(json.loads(json.dumps(to_record(turn)))) == turn
    assert ran == []


def test_several_calls_run_in_order():
    """One after the other, and each has its result."""
    scripted = Scripted(calling(OSLO, LIMA), said("Both."))
    turn, _ = asked(scripted)
    assert ran == ["Oslo", "Lima"]
    assert [each.tool_call_id for each in turn.replies[1:]] == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (("a", "other", "{}"), "There is no tool called 'other'. The tools are weather."),
        (("a", "weather", "{"), "do not match the schema; nothing ran"),
        (("a", "weather", '{"city": 5}'), "city: expected"),
        (("a", "weather", ""), "city is missing"),
        (("a", "weather", '{"city": "Oslo", "x": 1}'), "x is not in the schema"),
    ],
)
def test_what_cannot_run_is_told_to_the_model(call, why):
    """Nobody is asked, nothing runs."""
    consent = Says(RUN)
    turn, _ = asked(Scripted(calling(call), said("Sorry.")), consent)
    assert (ran, consent.asked) == ([], [])
    assert turn.replies[1].state == "failed"
    assert why in turn.replies[1].content


def test_calls_that_the_limit_cut_do_not_run():
    """The model is told, and may make a shorter one."""
    turn, _ = asked(Scripted(calling(OSLO, reason="length"), said("Sorry.")))
    assert ran == []
    assert "token limit" in turn.replies[1].content


def test_a_refusal_is_a_result():
    """The model goes on without it."""
    scripted = Scripted(calling(OSLO, LIMA), said("As you like."))
    turn, _ = asked(scripted, Says(REFUSE, RUN))
    assert ran == ["Lima"]
    assert [(each.state, each.content) for each in turn.replies[1:]] == [
        ("refused", "The user refused this call."),
        ("done", "rain in Lima"),
    ]


def test_empty_arguments_are_sent_back_as_an_object():
    """Histories without are refused for ever after."""
    scripted = Scripted(calling(("a", "other", "")), said("Sorry."))
    asked(scripted)
    assert sent(scripted.heard[1])[1] == ("assistant", "", ["{}"])


def test_ids_that_come_again_are_told_apart():
    """Some servers count anew in each answer."""
    scripted = Scripted(calling(OSLO), calling(("a", "weather", '{"city": "Lima"}')), said("Both."))
    asked(scripted)
    assert [entry[2] for entry in sent(scripted.heard[2]) if entry[0] == "tool"] == ["a", "a_"]


def test_rounds_are_bounded():
    """The last request asks for an answer without tools."""
    scripted = Scripted(*[calling((str(n), "weather", json.dumps({"city": str(n)}))) for n in range(3)], said("So."))
    turn, _ = asked(scripted, max_rounds=3)
    assert turn.content == "So."
    assert [request.parameters.get("tool_choice") for request in scripted.heard] == [None, None, None, "none"]


def test_the_same_call_a_third_time_is_asked_about_again():
    """Whatever was agreed to beforehand."""
    consent = Says(RUN)
    written = ('{"city": "Oslo"}', '{"city":"Oslo"}', ' {"city": "\\u004fslo"}\n')
    asked(Scripted(*[calling((str(n), "weather", text)) for n, text in enumerate(written)], said("So.")), consent)
    assert [again for *_, again in consent.asked] == [False, False, True]


def test_where_nobody_can_agree_the_turn_is_pending_and_can_go_on():
    """Also after it was saved; what ran is not run again, and the cost of both is the turn's."""
    scripted = Scripted(calling(OSLO, LIMA))
    turn, session = asked(scripted, Says(RUN, LATER))
    assert (turn.state, ran) == ("pending", ["Oslo"])
    assert [each.state for each in turn.replies[1:]] == ["done", "pending"]
    assert session.conversation.turns("main") == (turn,)
    assert turn.exchange == ()
    saved = from_record(json.loads(json.dumps(to_record(turn))))
    ran.clear()
    later = Scripted(said("Both."))
    done = gone_on(saved, later)
    assert (done.id, done.state, done.content, ran) == (turn.id, "complete", "Both.", ["Lima"])
    assert [each.state for each in done.replies[1:]] == ["done", "done"]
    assert done.usage.cost == 0.5
    assert [entry[2] for entry in sent(later.heard[0]) if entry[0] == "tool"] == ["a", "b"]


def test_an_interrupt_stops_a_function_and_keeps_all_that_was():
    """At once, where Python can; calls that have not run never do."""

    def sleeping(*_):
        threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
        time.sleep(60)

    view = Watching()
    with pytest.raises(StoppedError):
        asked(Scripted(calling(OSLO, LIMA)), view=view, run=sleeping)
    turn = view.settled[-1]
    assert turn.state == "stopped"
    assert [(each.state, each.content) for each in turn.replies[1:]] == [
        ("failed", "The user stopped this call."),
        ("refused", "The user stopped before this call ran."),
    ]
    assert turn.replies[1].seconds >= 0.1
    assert turn.timing.total_s >= round(turn.replies[1].seconds, 3)


def slow(_tool, call, _arguments):
    """Return a result as of a function that took half a minute."""
    return ToolResult(call.id, call.name, "rain", seconds=30.0)


@pytest.mark.parametrize(("last", "state", "runs"), [(RUN, "complete", 2), (LATER, "pending", 1)])
def test_the_time_of_a_turn_has_that_of_its_functions(last, state, runs):
    """Of those that ran: while others wait, too. The speed of the model is its own."""
    turn, _ = asked(Scripted(calling(OSLO, LIMA), said("It rains.")), Says(RUN, last), run=slow)
    assert (turn.state, turn.called_s) == (state, 30.0 * runs)
    assert turn.called_s <= turn.timing.total_s < turn.called_s + PROMPTLY_S
    timing = replace(turn.timing, first_token_s=1.0, total_s=turn.called_s + 6.0)
    assert replace(turn, timing=timing).tokens_per_second == turn.usage.completion_tokens / 5.0


def test_a_turn_that_goes_on_counts_the_time_before_once():
    """What ran before it was saved is in its time already."""
    turn, _ = asked(Scripted(calling(OSLO, LIMA)), Says(RUN, LATER), run=slow)
    done = gone_on(turn, Scripted(said("Both.")), slow)
    assert (done.state, done.called_s) == ("complete", 60.0)
    assert 60.0 <= done.timing.total_s < 60.0 + PROMPTLY_S


def test_a_stop_reaches_a_function_on_windows(monkeypatch):
    """Where no signal can be sent to another thread."""
    monkeypatch.delattr(signal, "pthread_kill")
    stop = CancelToken()
    watch = ToolWatch(TurnBuilder(answer()), lambda: None, stop)

    def function():
        threading.Timer(0.1, stop.ask).start()
        with watch.running():
            for _ in range(1000):
                threading.Event().wait(0.01)

    with pytest.raises(KeyboardInterrupt):
        function()


def test_a_stop_ends_the_waiting_for_an_answer():
    """The button does that, too."""
    consent = Says(None)
    view = Watching(lambda: os.kill(os.getpid(), signal.SIGINT) if consent.asked else None)
    with pytest.raises(StoppedError):
        asked(Scripted(calling(OSLO)), consent, view=view)
    assert (ran, view.settled[-1].state) == ([], "stopped")


def test_a_chat_goes_on_after_tools():
    """Later requests hold calls and results, never parted."""
    scripted = Scripted(calling(OSLO), said("It rains."), said("Yes."))
    _, session = asked(scripted)
    query = Query((Message("user", "Sure?"),), "m", cell_id="c2")
    runner = Runner(session, [Job(query)], WHERE, SETTINGS, lambda *_: ViewOfOne(Watching()))
    runner.here()
    assert [entry[0] for entry in sent(scripted.heard[2])] == ["user", "assistant", "tool", "assistant", "user"]


def test_a_reply_has_the_tokens_of_its_own_step():
    """And the turn those of all."""
    turn, _ = asked(Scripted(calling(OSLO, cost=0.1), calling(LIMA, cost=0.2), said("Both.", cost=0.3)))
    assert [reply.usage.cost for reply in turn.replies if isinstance(reply, Reply)] == [0.1, 0.2]
    assert turn.cost == pytest.approx(0.6)
    assert replace(turn).timing.total_s is not None


def test_what_came_beside_a_call_is_sent_back_with_it():
    """A signature, without which the call is refused; the record has it, too."""
    signed = {"google": {"thought_signature": "c2lnbmVk"}}
    beside = (
        Opened(),
        ToolCallDelta(0, *OSLO),
        ToolCallDelta(0, extra=signed),
        usage(0.1),
        Finished("tool_calls"),
        Ended(),
    )
    scripted = Scripted(beside, said("It rains."))
    turn, _ = asked(scripted)
    assert scripted.heard[1].messages[1].to_json()["tool_calls"][0]["extra_content"] == signed
    assert from_record(json.loads(json.dumps(to_record(turn)))).replies[0].tool_calls[0].extra == signed


def test_a_model_that_calls_without_being_allowed_to_is_not_asked_again():
    """After the last round its calls are shown, and do not run."""
    scripted = Scripted(*[calling((str(n), "weather", json.dumps({"city": str(n)}))) for n in range(9)])
    turn, _ = asked(scripted, max_rounds=2)
    assert (len(ran), len(scripted.heard), turn.state) == (2, 3, "complete")
    assert [call.id for call in turn.reply.tool_calls] == ["2"]


@pytest.mark.parametrize(
    ("step", "state", "content"),
    [
        ((ConnectionLostError("The connection was lost."),), "failed", ""),
        ((Opened(), ContentDelta("It "), ConnectionLostError("The connection was lost.")), "failed", "It "),
        ((interrupt, threading.Event()), "stopped", ""),
        ((Opened(), ContentDelta("It "), interrupt, threading.Event()), "stopped", "It "),
    ],
    ids=["lost", "lost later", "stopped", "stopped later"],
)
def test_calls_without_an_answer_are_no_whole_turn(step, state, content):
    """They are kept, with what came of the answer; and the error says why there is no more."""
    view, scripted = Watching(), Scripted(calling(OSLO), step)
    session = Session(lambda *_: scripted)
    with pytest.raises(RunwareError, match=r"lost|Stopped"):
        asked(scripted, view=view, session=session)
    (turn,) = session.conversation.turns("main")
    assert view.settled[-1] == turn
    assert (turn.state, turn.content, turn.usage.cost) == (state, content, 0.25)
    assert [type(each) for each in turn.replies] == [Reply, ToolResult]
    assert not turn.is_whole
