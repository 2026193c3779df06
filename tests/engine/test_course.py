"""An answer is asked again while its data is wrong, then judged; each call is kept, paid for, and within the budget."""

from dataclasses import dataclass, replace

import pytest
from cells import SETTINGS, Watching
from scripted import WHERE, Scripted

from runware_magic.chat.checks import read_check
from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.structured import RESPONSE_FORMAT, in_prompt, response_format
from runware_magic.chat.turn import Variant
from runware_magic.chat.usage import Usage
from runware_magic.engine.checker import Checker
from runware_magic.engine.course import Job, Plan
from runware_magic.engine.judge import Judge
from runware_magic.engine.query import Query
from runware_magic.engine.runner import Runner
from runware_magic.engine.session import Session
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import ViewOfOne
from runware_magic.errors import ConnectionLostError, SpentError
from runware_magic.prompt.schema.read_schema import read_schema


@dataclass
class Person:
    """What is asked for."""

    name: str
    age: int


SCHEMA = read_schema(Person)
RIGHT, WRONG = '{"name": "Ada", "age": 36}', '{"name": "Ada", "age": "old"}'
YES, NO = '{"reason": "It does.", "passed": true}', '{"reason": "It does not.", "passed": false}'
ASK = Query((Message("user", "Who?"),), "m", cell_id="c1", parameters={RESPONSE_FORMAT: response_format(SCHEMA.json)})
HI = Query((Message("user", "Hi"),), "m", cell_id="c1")


def said(text, cost=0.25):
    """Return a whole answer with its cost."""
    usage = Usage(prompt_tokens=1, completion_tokens=1, cost=cost)
    return (Opened(), ContentDelta(text), UsageReport(usage), Finished("stop"), Ended())


def plan(*specs, repair=0, schema=None, judge_model=None):
    """Return a plan with checks."""
    checker = Checker(tuple(map(read_check, specs)), lambda expression, names: eval(expression, {**names}))  # noqa: S307
    return Plan.of(checker, Judge(judge_model), schema, repair)


def run(scripted, planned, query=ASK, view=None):
    """Return the turn of an answer, and the session; errors are the caller's business."""
    session = Session(lambda *_: scripted)
    runner = Runner(session, [Job(query, planned)], WHERE, SETTINGS, lambda *_: ViewOfOne(view or Watching()))
    (turn,) = runner.here()
    return turn, session


def versions(session):
    """Return all versions of the only turn."""
    (place,) = session.conversation.places("main")
    return place.versions


def verdicts(turn):
    """Return the results of the checks."""
    return [(each.check, each.passed) for each in turn.verdicts]


def test_data_that_matches_is_an_instance_of_the_class():
    """Asked for in the request's own field."""
    scripted = Scripted(said(RIGHT))
    turn, session = run(scripted, plan(schema=SCHEMA))
    assert (turn.data, turn.schema_sent, verdicts(turn)) == (Person("Ada", 36), RESPONSE_FORMAT, [("schema", True)])
    assert session.conversation.turns("main")[0].data == turn.data
    assert turn.schema == SCHEMA.json == scripted.heard[0].parameters[RESPONSE_FORMAT]["json_schema"]["schema"]


def test_checks_see_the_data():
    """As ``turn.data``."""
    turn, _ = run(Scripted(said(RIGHT)), plan("py:turn.data.age == 36", schema=SCHEMA))
    assert verdicts(turn) == [("schema", True), ("py:turn.data.age == 36", True)]


def test_data_that_does_not_match_is_no_data_and_says_why():
    """The raw answer stays."""
    turn, _ = run(Scripted(said(WRONG)), plan(schema=SCHEMA))
    assert (turn.data, turn.content, verdicts(turn)) == (None, WRONG, [("schema", False)])
    assert "age" in turn.verdicts[0].why


def test_a_repair_tells_the_model_what_is_wrong_and_makes_a_version():
    """Which the conversation then holds, with all that was said for it; each is paid for."""
    scripted = Scripted(said(WRONG), said(RIGHT))
    turn, session = run(scripted, plan(schema=SCHEMA, repair=1))
    assert turn.data == Person("Ada", 36)
    first, second = versions(session)
    assert (first.content, second.id, second.supersedes) == (WRONG, turn.id, first.id)
    asked, wrong, told = scripted.heard[1].messages
    assert (asked.role, asked.content, wrong.role, wrong.content) == ("user", "Who?", "assistant", WRONG)
    assert told.role == "user"
    assert "age" in told.content
    assert turn.messages == (asked, wrong, told)
    assert session.budget.spent == 0.5


def test_repairs_end_after_so_many():
    """The last answer is kept with its verdict."""
    scripted = Scripted(said(WRONG))
    turn, session = run(scripted, plan(schema=SCHEMA, repair=2))
    assert (len(scripted.heard), len(versions(session)), turn.data) == (3, 3, None)


def test_a_repair_that_fails_leaves_the_answer_before_it():
    """And says why."""
    scripted = Scripted(said(WRONG), (Opened(), ContentDelta("{"), ConnectionLostError("Gone.", "Again.")))
    view = Watching()
    with pytest.raises(ConnectionLostError, match="Gone"):
        run(scripted, plan(schema=SCHEMA, repair=1), view=view)
    assert view.settled[-1].content == WRONG


def test_the_budget_of_a_cell_is_for_all_tries():
    """What is left of it after the first does not reach for another."""
    scripted = Scripted(said(WRONG, cost=0.5))
    scripted.models = lambda *_: [{"id": "m", "pricing": {"prompt": "0.0001", "completion": "0.0001"}}]
    view = Watching()
    with pytest.raises(SpentError):
        run(scripted, plan(schema=SCHEMA, repair=1), replace(ASK, budget=0.5), view)
    assert (len(scripted.heard), view.settled[-1].content) == (1, WRONG)


def test_an_endpoint_that_ignores_the_schema_gets_it_in_the_prompt_from_then_on():
    """An answer without any JSON shows that; no repair is needed for it, and the next cell knows."""
    scripted = Scripted(said("She is a mathematician."), said(RIGHT))
    session = Session(lambda *_: scripted)
    for query in (ASK, replace(ASK, cell_id="c2")):
        view = Watching()
        runner = Runner(
            session, [Job(query, plan(schema=SCHEMA))], WHERE, SETTINGS, lambda *_, view=view: ViewOfOne(view)
        )
        (turn,) = runner.here()
        assert turn.data == Person("Ada", 36)
    assert [RESPONSE_FORMAT in request.parameters for request in scripted.heard] == [True, False, False]
    assert "JSON" in scripted.heard[1].messages[-1].content


def test_a_judge_is_asked_about_prompt_answer_and_criterion():
    """Outside of the chat, at temperature 0, by the model of the cell; its cost stands apart."""
    scripted = Scripted(said("Hello."), said(NO))
    turn, session = run(scripted, plan("judge:is polite"), HI)
    (verdict,) = turn.verdicts
    assert (verdict.passed, verdict.unknown, verdict.why, verdict.model) == (False, False, "It does not.", "m")
    assert (turn.cost, verdict.cost, session.budget.spent) == (0.25, 0.25, 0.5)
    asked = scripted.heard[1]
    assert (asked.model, asked.parameters["temperature"], len(asked.messages)) == ("m", 0, 1)
    assert all(text in asked.messages[0].content for text in ("Hi", "Hello.", "is polite"))
    assert session.conversation.turns("main") == (turn,)
    assert session.conversation.turns("main")[0].verdicts == turn.verdicts


def test_a_judge_that_passes_gives_its_reason():
    """Another model may judge."""
    scripted = Scripted(said("Hello."), said(YES))
    turn, _ = run(scripted, plan("judge:is polite", "contains:Hello", judge_model="other"), HI)
    assert [(each.check, each.passed, each.why, each.model) for each in turn.verdicts] == [
        ("contains:Hello", True, "", ""),
        ("judge:is polite", True, "It does.", "other"),
    ]
    assert scripted.heard[1].model == "other"


@pytest.mark.parametrize(
    "reply",
    [
        said("It is polite."),
        said('{"passed": "yes"}'),
        said('{"passed": 1, "reason": "x"}'),
        (Opened(), ContentDelta('{"pass'), ConnectionLostError("Gone.", "")),
        (ConnectionLostError("Gone.", ""),),
    ],
)
def test_a_judge_that_fails_makes_the_check_unknown(reply):
    """Not passed, and no error of the cell's own."""
    turn, _ = run(Scripted(said("Hello."), reply), plan("judge:is polite"), HI)
    (verdict,) = turn.verdicts
    assert (verdict.passed, verdict.unknown) == (False, True)
    assert verdict.why.startswith("the judge gave no verdict: ")


def test_data_is_repaired_before_it_is_judged():
    """The judge sees the last answer only."""
    scripted = Scripted(said(WRONG), said(RIGHT), said(YES))
    turn, _ = run(scripted, plan("judge:is about a person", schema=SCHEMA, repair=1))
    assert verdicts(turn) == [("schema", True), ("judge:is about a person", True)]
    assert RIGHT in scripted.heard[2].messages[0].content


class Grid(Watching):
    """Takes note of what each slot shows at the end."""

    def draw(self, slots, elapsed_s):  # noqa: ARG002  # as in `GridView`
        """Draw nothing."""
        return DrawCost()

    def settle(self, settled):
        """Take note of all answers."""
        self.settled.append(settled.variants)


def test_of_several_answers_each_takes_its_own_course():
    """One at a time here, so that the replies are in order: right, wrong and repaired, wrong for good."""
    scripted = Scripted(*map(said, (RIGHT, WRONG, RIGHT, WRONG, WRONG)))
    session, planned = Session(lambda *_: scripted), plan(schema=SCHEMA, repair=1)
    jobs = [Job(replace(ASK, variant=Variant("x", number, 3, {})), planned) for number in (1, 2, 3)]
    turns = Runner(session, jobs, WHERE, SETTINGS, lambda *_: Grid(), max_parallel=1).here()
    assert [turn.data for turn in turns] == [Person("Ada", 36), Person("Ada", 36), None]
    assert [turn.variant.number for turn in turns] == [1, 2, 3]
    assert session.budget.spent == 5 * 0.25


def test_the_schema_in_the_prompt_is_at_the_end_of_the_last_message_of_the_user():
    """What is remembered of a turn is the prompt alone."""
    turn, session = run(Scripted(said("No."), said(RIGHT)), plan(schema=SCHEMA))
    assert [message.content for message in turn.messages] == ["Who?"]
    assert in_prompt(session.request_of(turn)).messages[-1].content.startswith("Who?\n\n")
