"""What may be spent, and what is done about it."""

import math
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened, ReasoningDelta, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.pricing import Meter, Prices
from runware_magic.chat.request import Request
from runware_magic.chat.turn import Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.engine.budget import Budget, Limits
from runware_magic.engine.ledger import Ledger
from runware_magic.errors import BudgetError, SpentError

ASKED = Request("m", (Message("user", "four"),), {})  # 8 tokens
CENT = Prices(0.0, 0.01)  # a dollar for 100 tokens of answer, the prompt for nothing
DEAR = Prices(0.05, 0.01)  # 40 cents for the prompt
FREE = Prices(0.0, 0.0)
TEN = ContentDelta("x" * 40)  # tokens: 10 cents


class Kernel:
    """A budget, and what is asked under it."""

    def __init__(self, limit=None):
        self.ledger = Ledger()
        self.budget = Budget(self.ledger)
        self.limit = limit
        self.asked = 0

    def admit(self, prices=CENT, cell=None):
        """Ask; give the guard."""
        return self.budget.admit(Meter(ASKED, prices), Limits(self.limit, cell))

    def answer(self, *batches, prices=CENT, cell=None, state="complete"):
        """Ask, read these batches as a run does, and settle; give the error if there was one."""
        guard, error = self.admit(prices, cell), None
        self.asked += 1
        builder = TurnBuilder(Turn(str(self.asked), "m", "e", (), Timing("2026-01-01T00:00:00Z")))
        try:
            for batch in batches:
                for event in batch:
                    builder.fold(event, 0.0)
                see(guard, batch)
                guard.check()
        except BudgetError as caught:
            error = caught
        guard.settle(builder.snapshot("stopped" if error else state))
        return error


def see(guard, batch):
    """Count several events."""
    for event in batch:
        guard.see(event)


def costs(dollars):
    """Give the report of a cost."""
    return UsageReport(Usage(1, 1, 2, dollars))


def test_without_a_limit_nothing_is_refused_or_stopped():
    """But all is counted."""
    kernel = Kernel()
    for _ in range(3):
        assert kernel.answer([TEN] * 50, [TEN], [costs(7.0)]) is None
    assert kernel.budget.spent == 21


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([[costs(0.5)]], "$0.500 spent."),
        ([[costs(0.3)], [costs(0.3)]], "$0.600 spent."),
        ([[costs(0.1)]] * 5, "$0.500 spent."),
        ([[costs(0.4)], [TEN]], "$0.500 spent, $0.100 of it estimated."),
        ([[Finished("stop")], [costs(0.7)]], "$0.700 spent."),
    ],
)
def test_a_budget_that_is_used_up_lets_nothing_more_be_sent(answers, said):
    """Whether what was spent was told or estimated; sums are those of the decimal numbers, not of their binary form."""
    kernel = Kernel(0.5)
    for answer in answers:
        kernel.answer(answer)
    with pytest.raises(SpentError) as caught:
        kernel.admit()
    assert caught.value.message == f"The budget of $0.50 is used up: {said}"


def test_unknown_costs_are_said_to_be_unknown():
    """An answer without a report, of a model without prices, counts nothing and is not passed over in silence."""
    kernel = Kernel(0.5)
    kernel.answer([TEN] * 100, prices=None)
    kernel.answer([TEN] * 100, prices=None)
    kernel.answer([costs(0.51)], prices=None)
    with pytest.raises(SpentError) as caught:
        kernel.admit()
    assert str(caught.value) == (
        "The budget of $0.50 is used up: $0.510 spent, 2 answers of unknown cost not counted. "
        "%config RunwareMagics.budget = 2 raises it."
    )


@pytest.mark.parametrize(
    ("limit", "spent", "message"),
    [
        (
            0.3,
            0.0,
            "Budget exceeded: the prompt alone costs about $0.400 of the $0.30 allowed.",
        ),
        (
            0.5,
            0.2,
            "Budget exceeded: $0.200 spent, and the prompt alone costs about $0.400 of the $0.50 allowed.",
        ),
        (
            0.0,
            0.0,
            "The budget of $0 allows free models only, and this model is not known to be free.",
        ),
        (
            0.0,
            0.2,
            "The budget of $0 allows free models only, and this model is not known to be free.",
        ),
    ],
)
def test_a_prompt_that_alone_passes_the_budget_is_not_sent(limit, spent, message):
    """Where its price is known; a budget of nothing pays for nothing."""
    kernel = Kernel()
    kernel.answer([costs(spent)])
    kernel.limit = limit
    with pytest.raises(SpentError) as caught:
        kernel.admit(DEAR)
    assert caught.value.message == message
    assert kernel.budget.under_way == ()


def test_a_prompt_of_unknown_price_is_sent_while_something_is_left():
    """Else no endpoint without a list of prices could be asked under a budget."""
    kernel = Kernel(1e-9)
    assert kernel.answer([costs(0.4)], prices=None) is None
    with pytest.raises(SpentError):
        kernel.admit(None)


def test_what_is_free_may_always_be_asked():
    """With nothing left, and with a budget of nothing; but only where the endpoint says that it is free."""
    kernel = Kernel(0.1)
    kernel.answer([costs(0.4)])
    for kernel.limit in (0.1, 0.0):
        assert kernel.answer([TEN], [TEN], prices=FREE, cell=0.0) is None
        for prices in (CENT, None):
            with pytest.raises(SpentError):
                kernel.admit(prices)


@pytest.mark.parametrize(
    ("batches", "seen"),
    [
        ([[TEN]] * 9, 6),  # dollars: 0.10, 0.20, … 0.60
        ([[Opened()], [], [ReasoningDelta("x" * 400)], [TEN]], 3),
        ([[TEN, TEN, TEN, TEN, TEN], [], [], [TEN], [TEN]], 4),
        ([[costs(0.49)], [TEN], [TEN]], 2),
        ([[costs(0.6)], [TEN], [TEN]], 2),
        ([[TEN, costs(0.2)], [TEN, costs(0.4)], [TEN, costs(0.6)], [TEN, costs(0.8)]], None),
        ([[TEN, costs(0.2)], [TEN, costs(0.6)], [TEN], [TEN, costs(0.8)]], 3),
        ([[costs(0.6)], [Finished("stop")], [Ended()]], None),
        ([[TEN] * 6 + [Finished("stop")], [costs(0.6)], [Ended()]], None),
        ([[TEN] * 6 + [Ended()]], None),
    ],
)
def test_an_answer_is_stopped_where_it_passes_the_budget(batches, seen):
    """At the batch that takes it there; after a report, when more comes; not when it is there as a whole."""
    guard = Kernel(0.5).admit()
    for number, batch in enumerate(batches, 1):
        see(guard, batch)
        try:
            guard.check()
        except BudgetError:
            assert number == seen
            return
    assert seen is None


def test_an_answer_that_is_stopped_says_why():
    """In one line, with what to do."""
    kernel = Kernel(0.5)
    kernel.answer([costs(0.25)])
    error = kernel.answer([TEN], [TEN], [TEN], [TEN])
    assert type(error) is BudgetError
    assert str(error) == (
        "Stopped at the budget of $0.50: $0.550 spent, $0.300 of it estimated. The text so far is kept. "
        "%config RunwareMagics.budget = 2 raises it."
    )
    error = Kernel().answer([TEN], [TEN], cell=0.15)
    assert str(error) == (
        "Stopped at this cell's budget of $0.15: the answer has cost about $0.200. The text so far is kept. "
        "--budget 0.4 raises it."
    )


@pytest.mark.parametrize(
    ("kernel", "cell", "message"),
    [
        (0.5, 0.1, "Stopped at this cell's budget of $0.10"),
        (0.1, 0.5, "Stopped at the budget of $0.10"),
        (None, 0.1, "Stopped at this cell's budget of $0.10"),
    ],
)
def test_of_two_budgets_the_tighter_one_wins(kernel, cell, message):
    """The cell's counts this answer, the kernel's all."""
    assert Kernel(kernel).answer([TEN], [TEN], [TEN], cell=cell).message.startswith(message)


def test_the_budget_of_a_cell_counts_its_own_answer_only():
    """And refuses a prompt that alone would pass it."""
    kernel = Kernel()
    kernel.answer([costs(5.0)])
    assert kernel.answer([TEN], cell=0.2) is None
    with pytest.raises(SpentError, match=r"^Budget exceeded: the prompt alone costs about \S+ of the \$0\.20 allowed"):
        kernel.admit(DEAR, cell=0.2)


def test_an_answer_that_was_stopped_counts_its_estimate():
    """Else running all cells would go on for ever; also where a first report had told of the prompt only."""
    for first in ([], [costs(0.01)]):
        kernel = Kernel(0.3)
        assert kernel.answer(first, *[[TEN]] * 9) is not None
        assert kernel.budget.spent > 0.3
        with pytest.raises(SpentError):
            kernel.admit()
    (entry,) = kernel.ledger
    assert (entry.cost, entry.estimate, entry.counts) == (0.01, 0.31, 0.31)


def test_a_report_of_a_whole_answer_counts_in_place_of_the_estimate():
    """Be it lower or higher."""
    for told in (0.05, 0.9):
        kernel = Kernel()
        kernel.answer([TEN] * 3, [costs(told)])
        assert kernel.budget.spent == told
        assert [entry.estimate for entry in kernel.ledger] == [None]


def test_answers_that_failed_count_what_had_come():
    """They are billed like others."""
    kernel = Kernel(0.25)
    kernel.answer([TEN] * 3, state="failed")
    with pytest.raises(SpentError):
        kernel.admit()


def test_an_answer_that_never_was_counts_nothing():
    """A refused request costs nothing; settling it twice changes nothing."""
    kernel = Kernel(0.5)
    guard = kernel.admit()
    see(guard, [TEN])
    assert kernel.budget.spent == 0.1
    for _ in range(2):
        guard.settle(None)
        assert (kernel.budget.spent, kernel.budget.under_way, list(kernel.ledger)) == (0, (), [])
    see(guard, [TEN])
    assert kernel.budget.spent == 0


def test_what_was_spent_before_this_kernel_does_not_count():
    """A notebook that is restored brings its costs along; they are paid."""
    kernel = Kernel(0.5)
    turn = Turn("old", "m", "e", (), Timing("2026-01-01T00:00:00Z"), usage=Usage(cost=9.0))
    kernel.ledger.add([turn], earlier=True)
    assert kernel.answer([costs(0.2)]) is None
    assert kernel.budget.spent == 0.2
    assert [entry.earlier for entry in kernel.ledger] == [True, False]
    assert [entry.cost for entry in kernel.ledger.here()] == [0.2]


@pytest.mark.parametrize(
    ("limits", "prices", "state", "labels"),
    [
        (Limits(0.5), None, "complete", ("price unknown",)),
        (Limits(cell=0.5), None, "stopped", ("price unknown",)),
        (Limits(), None, "stopped", ()),
        (Limits(0.5), CENT, "stopped", ("cost about $0.100",)),
        (Limits(), CENT, "failed", ("cost about $0.100",)),
    ],
)
def test_the_badge_says_what_is_not_known(limits, prices, state, labels):
    """That a budget could not watch the answer, or that a cost is an estimate."""
    guard = Kernel().budget.admit(Meter(ASKED, prices), limits)
    see(guard, [TEN])
    guard.settle(Turn("1", "m", "e", (), Timing("2026-01-01T00:00:00Z"), state=state))
    assert guard.labels == labels


def test_answers_under_way_count():
    """By what they have cost so far: none is sent on what another is about to spend, and each sees the others."""
    kernel = Kernel(0.5)
    first, second = kernel.admit(), kernel.admit()
    see(first, [TEN] * 3)
    first.check()
    see(second, [TEN] * 2)
    second.check()
    assert (kernel.budget.spent, kernel.budget.under_way) == (0.5, (0.3, 0.2))
    with pytest.raises(SpentError, match=r"\$0\.500 spent, \$0\.500 of it estimated\."):
        kernel.admit()
    see(second, [TEN])
    with pytest.raises(BudgetError):
        second.check()
    # What passed it stays passed, for those that have not noticed yet too.
    see(first, [])
    with pytest.raises(BudgetError):
        first.check()


answers = st.lists(
    st.tuples(
        st.sampled_from([None, CENT, DEAR, FREE]),
        st.lists(st.integers(0, 40), max_size=5),  # tokens of each batch
        st.none() | st.integers(0, 200).map(lambda cents: cents / 100),  # what is told at the end
        st.none() | st.integers(0, 100).map(lambda cents: cents / 100),  # the cell's own budget
    ),
    max_size=12,
)


def expected(spent, limit, prices, sizes, told, cell):
    """Say what becomes of an answer: ``refused``, or what it counts and whether it was stopped."""
    free = prices == FREE
    cost = None if prices is None else 8 * prices.prompt
    for bound, before in ((limit, spent), (cell, 0.0)):
        if bound is None or free:
            continue
        if bound == 0 or before >= bound or (cost is not None and math.fsum((before, cost)) > bound):
            return "refused"
    weight = 0
    for size in sizes:
        weight += size
        here = None if prices is None else cost + weight * prices.completion
        if here and ((limit is not None and math.fsum((spent, here)) > limit) or (cell is not None and here > cell)):
            return here, True
    return (told if told is not None else None if prices is None else cost + weight * prices.completion), False


@given(answers, st.none() | st.integers(0, 200).map(lambda cents: cents / 100))
def test_no_sequence_of_answers_passes_the_budget_by_more_than_the_last(sequence, limit):
    """Told or estimated, with prices or without, each with a budget of its own or none: as the simple model says."""
    kernel, counted = Kernel(limit), []
    for prices, sizes, told, cell in sequence:
        batches = [[ContentDelta("x" * 4 * size)] for size in sizes]
        end = [costs(told)] if told is not None else []
        spent = math.fsum(cost for cost in counted if cost is not None)
        fate = expected(spent, limit, prices, sizes, told, cell)
        if fate == "refused":
            with pytest.raises(SpentError):
                kernel.answer(*batches, end, prices=prices, cell=cell)
        else:
            error = kernel.answer(*batches, [*end, Finished("stop")], prices=prices, cell=cell)
            assert (error is not None) == fate[1]
            if limit is not None and prices != FREE:
                assert spent < limit
            counted.append(fate[0])
        assert kernel.budget.spent == pytest.approx(math.fsum(cost for cost in counted if cost is not None))
    assert sum(entry.counts is None for entry in kernel.ledger) == counted.count(None)


def test_many_at_once_pass_the_budget_by_no_more_than_what_is_under_way():
    """A hundred answers from eight threads: each of those under way by one batch, and then nothing more is sent."""
    kernel, gate = Kernel(1.0), threading.Barrier(8)
    ends = []

    def ask_one():
        try:
            return kernel.answer(*[[ContentDelta("x" * 8)]] * 5)  # 2 cents a batch, 10 an answer
        except SpentError as error:
            return error

    def ask_all():
        gate.wait(5)
        ends.extend(ask_one() for _ in range(100))

    threads = [threading.Thread(target=ask_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(ends) == 800
    assert 1.0 <= kernel.budget.spent <= 1.0 + 8 * 0.02 + 1e-9
    assert kernel.budget.under_way == ()
    assert sum(entry.counts for entry in kernel.ledger) == pytest.approx(kernel.budget.spent)
    assert sum(isinstance(end, SpentError) for end in ends) >= 780


def test_many_that_ask_at_once_are_counted_one_by_one():
    """Of those whose prompts alone take 40 cents each, two go under a dollar, however many ask in the same moment."""
    kernel, gate, admitted = Kernel(1.0), threading.Barrier(16), []

    def ask():
        gate.wait(5)
        with suppress(SpentError):
            admitted.append(kernel.admit(DEAR))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(admitted) == 2
