"""What is asked in place of what an endpoint refuses."""

import pytest
from asking import REQUEST

from runware_magic.chat.request import LIMIT, OLD_LIMIT
from runware_magic.errors import ConnectError, RefusedError
from runware_magic.protocol.fallbacks import PROBABILITIES, TOKEN_LIMIT, Fallback, Fallbacks

OLD = TOKEN_LIMIT.instead(REQUEST)


def refusal(message="Unknown parameter: max_completion_tokens.", status=400):
    """Return a refusal."""
    return RefusedError(message, "x", status=status)


def test_the_other_name_of_the_limit_is_tried_once_and_remembered_for_the_model():
    """There and back; other models are asked as before."""
    rules, taken = Fallbacks((TOKEN_LIMIT,)), set()
    assert (list(REQUEST.parameters), list(OLD.parameters)) == ([LIMIT], [OLD_LIMIT])
    assert rules.instead(REQUEST, refusal(), taken) == OLD
    assert rules.instead(OLD, refusal(), taken) is None
    rules.accepted(OLD, REQUEST)
    assert rules.known(REQUEST) == OLD
    assert rules.known(OLD) == OLD
    other = REQUEST.__class__("another", REQUEST.messages, REQUEST.parameters)
    assert rules.known(other) == other


@pytest.mark.parametrize(
    "error",
    [
        refusal("The prompt is too long."),
        refusal(status=401),
        refusal("max_completion_tokens2 is unknown."),
        ConnectError("max_tokens", "x"),
    ],
)
def test_no_other_error_leads_to_another_request(error):
    """It is told as it is."""
    assert Fallbacks((TOKEN_LIMIT,)).instead(REQUEST, error, set()) is None


def test_each_rule_is_followed_once_and_only_what_was_changed_is_remembered():
    """Two things may be refused one after the other."""
    seed = Fallback(
        "the seed",
        lambda request: "seed" if "seed" in request.parameters else "",
        lambda error: "seed" in error.message,
        lambda request: request.__class__(request.model, request.messages, {LIMIT: 9}),
    )
    asked = REQUEST.__class__("m", REQUEST.messages, {LIMIT: 9, "seed": 1})
    rules, taken = Fallbacks((TOKEN_LIMIT, seed)), set()
    without = rules.instead(asked, refusal("No seed, please."), taken)
    assert without == REQUEST
    rules.accepted(without, asked)
    assert (rules.known(asked), rules.known(REQUEST)) == (REQUEST, REQUEST)


@pytest.mark.parametrize(
    ("message", "status", "expected"),
    [
        ("max_completion_tokens is not supported", 400, True),
        ("Use 'max_tokens' instead", 400, True),
        ("settings.maxTokens must be an integer", 400, False),
        ("max_tokens_per_day reached", 400, False),
        ("max_tokens", 429, False),
    ],
)
def test_the_other_limit_is_asked_for_by_name(message, status, expected):
    """In a 400, as a word of its own."""
    other = Fallbacks((TOKEN_LIMIT,)).instead(REQUEST, RefusedError(message, "", status), set())
    assert (other == OLD) == expected


@pytest.mark.parametrize(
    ("message", "status", "expected"),
    [
        ("logprobs is not supported by this model", 400, True),
        ("Unrecognized request argument supplied: top_logprobs", 400, True),
        ("'logprobs' must be false", 422, True),
        ("This model does not support LogProbs.", 400, True),
        ("top_logprobs must be at most 5", 400, True),
        ("The prompt is too long.", 400, False),
        ("catalogprobs", 400, False),
        ("logprobs", 429, False),
    ],
)
def test_probabilities_that_are_refused_are_left_out(message, status, expected):
    """Where the refusal names them; the request has nothing of them then, and no other rule is needed."""
    asked = REQUEST.__class__("m", REQUEST.messages, {LIMIT: 9, "logprobs": True, "top_logprobs": 5})
    rules = Fallbacks((TOKEN_LIMIT, PROBABILITIES))
    instead = rules.instead(asked, RefusedError(message, "", status), set())
    assert (instead == REQUEST) == expected
    if instead is not None:
        rules.accepted(instead, asked)
        assert rules.known(asked) == REQUEST
    assert rules.instead(REQUEST, RefusedError(message, "", status), set()) is None
