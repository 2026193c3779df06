"""Endpoints that refuse a schema in a field of its own get it in the prompt; each kind of refusal that was seen."""

import json
from dataclasses import replace

import pytest
from asking import REQUEST, Timeouts, answer, content, transport
from loopback import sized
from played import Played
from refusals import ANSWER, DATA, OTHERS, PROSE, REFUSALS
from schemas import record

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.messages import Message
from runware_magic.chat.structured import response_format
from runware_magic.errors import RefusedError
from runware_magic.transport.connections import RequestCanceller

SCHEMA = record(name="string", age="integer")
ASKED = replace(REQUEST, parameters={**REQUEST.parameters, "response_format": response_format(SCHEMA)})
IN_PROMPT = replace(REQUEST, messages=(Message("user", "Hi.\n\nMatch this schema:\n\n```json\n{}\n```"),))


@pytest.mark.parametrize("endpoint", REFUSALS[:-1], ids=lambda row: row.name)
def test_the_schema_goes_into_the_prompt_once_and_that_is_remembered(endpoint):
    """The refusal costs one request for each model of a kernel."""
    played = Played(endpoint)
    talk = transport(played.url, medium=played.medium)
    for _ in range(2):
        assert json_of(content(list(talk.answer(ASKED, RequestCanceller()))), SCHEMA) == DATA
    assert ["response_format" in heard.json for heard in played.heard] == [True, False, False]


@pytest.mark.parametrize(("status", "body"), OTHERS)
def test_other_refusals_lead_to_no_other_request(status, body):
    """They are told as they are."""
    played = Played(lambda _: sized(status, json.dumps(body).encode()))
    with pytest.raises(RefusedError):
        answer(played, ASKED, Timeouts(connect_s=2, idle_s=2, retries=0))
    assert len(played.heard) == 1


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
    assert content(answer(server, ASKED)) == ANSWER
    assert len(server.heard) == 2
