"""The endpoints that refuse a schema: what a refusal is to the user, and that the same endpoint answers without it."""

from dataclasses import replace

import pytest
from asking import REQUEST, answer, content
from played import Played
from refusals import ANSWER, DATA, OTHERS, PROSE, REFUSALS, WORDINGS
from schemas import record

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.messages import Message
from runware_magic.chat.structured import response_format
from runware_magic.errors import RefusedError

SCHEMA = record(name="string", age="integer")
ASKED = replace(REQUEST, parameters={**REQUEST.parameters, "response_format": response_format(SCHEMA)})
IN_PROMPT = replace(REQUEST, messages=(Message("user", "Hi.\n\nMatch this schema:\n\n```json\n{}\n```"),))


@pytest.mark.parametrize("endpoint", REFUSALS[:-1], ids=lambda row: row.name)
def test_a_refusal_has_the_wording_of_the_server(endpoint):
    """So a fallback can read it."""
    with pytest.raises(RefusedError) as caught:
        answer(Played(endpoint), ASKED)
    assert caught.value.status == endpoint.status
    named = [wording for wording in WORDINGS if wording in endpoint.name]
    assert (named or ["response_format"])[0] in caught.value.message


@pytest.mark.parametrize("endpoint", REFUSALS, ids=lambda row: row.name)
def test_with_the_schema_in_the_prompt_data_comes(endpoint):
    """In a fence with prose around it, from each of them."""
    text = content(answer(Played(endpoint), IN_PROMPT))
    assert (text, json_of(text, SCHEMA)) == (ANSWER, DATA)


def test_an_endpoint_that_ignores_a_schema_answers_in_prose():
    """Nothing in its answer says that it did."""
    assert content(answer(Played(REFUSALS[-1]), ASKED)) == PROSE


def test_a_socket_brings_the_same(serve):
    """A refusal, then data."""
    server = serve(REFUSALS[0])
    with pytest.raises(RefusedError):
        answer(server, ASKED)
    assert content(answer(server, IN_PROMPT)) == ANSWER


def test_other_refusals_are_told_apart_from_these():
    """By status or by words; the table has none of these."""
    taken = {(row.status, str(row.body)) for row in REFUSALS}
    assert not taken & {(status, str(body)) for status, body in OTHERS}
