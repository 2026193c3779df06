"""Keys that were pasted where a prompt belongs."""

import base64

import pytest

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.request import Request
from runware_magic.errors import PromptError
from runware_magic.transport.credentials import other_keys
from runware_magic.transport.endpoint import Key
from runware_magic.transport.key_leaks import like_a_key, refuse_secrets, refuse_text, without_keys

SECRET = "rw/Recognisable+7f3a9c"
KEY = Key(SECRET, "RUNWARE_API_KEY")
#: Made up, in the forms that providers use.
REAL = "T3BlbkFJ9sK2mQ8vX1zL4pR7"


def request(*messages, model="m", **parameters):
    """Make a request of (role, text)."""
    return Request(model, tuple(Message(*message) for message in messages), parameters)


@pytest.mark.parametrize(
    "asked",
    [
        request(("user", f"Use {SECRET}, please")),
        request(("user", f"GET /?key={SECRET.replace('/', '%2F').replace('+', '%2B')}")),
        request(("system", SECRET), ("user", "Hi")),
        request(("user", "Hi"), user=SECRET),
        request(("user", "Hi"), metadata={"a": [{"b": f"x{SECRET}x"}]}),
        request(("user", "Hi"), metadata={SECRET: 1}),
        request(("user", "Hi"), **{SECRET: 1}),
        request(("user", "Hi"), model=SECRET),
    ],
)
def test_a_known_key_is_caught_wherever_it_stands(asked):
    """In messages, fields at any depth, names; the error names its source and does not repeat it."""
    with pytest.raises(PromptError) as caught:
        refuse_secrets(asked, [None, Key("another-key-1", "elsewhere"), KEY], fresh=1)
    assert "RUNWARE_API_KEY" in str(caught.value)
    assert "nothing was sent" in str(caught.value)
    assert "ecognisable" not in repr(caught.value)


def test_a_key_in_an_earlier_turn_is_told_as_that():
    """The cell is not to blame, and the way out is another."""
    asked = request(("user", "one"), ("assistant", SECRET), ("user", "two"))
    with pytest.raises(PromptError) as caught:
        refuse_secrets(asked, [KEY], fresh=1)
    assert "earlier turn" in caught.value.message
    assert "reset" in caught.value.hint


@pytest.mark.parametrize("word", ["x", "EMPTY", "ollama", "lm-studio", "sk-no-key-required"])
def test_a_word_in_place_of_a_key_is_none(word):
    """Prompts may speak of what a local server is given."""
    refuse_secrets(request(("user", f"Why {word}?"), user=word), [Key(word, "api_key")], fresh=1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"sk-proj-{REAL}", "sk-"),
        (f"api_key='sk-{REAL}'", "sk-"),
        (f"sk-ant-api03-{REAL}-x_y", "sk-"),
        (f"gsk_{REAL}", "gsk_"),
        (f"AIza{REAL}", "AIza"),
        (f"hf_{REAL}", "hf_"),
        (f"ghp_{REAL}", "ghp_"),
        (f"-H 'Authorization: Bearer {REAL}'", "Bearer"),
    ],
)
def test_what_looks_like_a_key_is_caught_though_nobody_knows_it(text, kind):
    """Of any provider; its kind is told, not the rest."""
    assert like_a_key(text) == kind
    with pytest.raises(PromptError) as caught:
        refuse_text(text, "The cell", [])
    assert kind in caught.value.message
    assert REAL not in repr(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-abcdefghijklmnop1234567890",
        "sk-your-key-here-0123456789ab",
        "sk-…",
        "sk-T3BlbkFJ…4pR7",
        "sk-estimator-doc-link fitted sk-toggleable__content sk-container-id-12",
        "task-2f8a91c04d7e4b6fa3c5d8e9",
        "risk-assessment-of-2026-07-cohort-b2",
        "Bearer tokens are sent in a header",
        "Authorization: Bearer $RUNWARE_API_KEY",
        "hf_hub_download and gsk_learn",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "AIzawa",
        "sk-no-key-required",
    ],
)
def test_names_examples_and_words_are_no_keys(text):
    """A false alarm would stop a lesson; what is left out in the middle is the way past a true one."""
    assert like_a_key(text) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""),
        ("a/b", "a/b"),
        (f"<{SECRET}>{SECRET}", "<…>…"),
        (SECRET.replace("/", "%2F").replace("+", "%2b"), "…"),
        (SECRET.replace("/", "\\/"), "…"),
        (SECRET.replace("+", "\\u002B"), "…"),
        (f"sk-{REAL}, gsk_{REAL}", "sk-…, gsk_…"),
        (f"Bearer {REAL}", "Bearer …"),
        ("sk-your-key-here-0123456789ab", "sk-your-key-here-0123456789ab"),
    ],
)
def test_keys_are_taken_out_of_a_text(text, left):
    """Those that are known, however they are written, and what looks like one of any provider."""
    assert without_keys(text, [None, KEY, Key("EMPTY", "a server without keys")]) == left


def test_what_a_model_wrote_is_not_judged_by_its_looks():
    """Models write examples; only known keys are caught in earlier turns."""
    refuse_secrets(request(("user", "a"), ("assistant", f"sk-{REAL}"), ("user", "b")), [KEY], fresh=1)


def test_keys_of_other_services_are_known_from_the_environment():
    """Those whose value can be one; a word or a path under such a name may be written about."""
    environment = {
        "RUNWARE_API_KEY": "rw-short-1",
        "OTHER_API_KEY": REAL,
        "JUPYTERHUB_API_TOKEN": "0f" * 16,
        "HOME": f"/{REAL}",
        "MODE_TOKEN": "development",
        "FILE_TOKEN": f"/run/secrets/{REAL}",
        "PAGE_TOKEN": f"https://e.org/{REAL}",
        "ODD_API_KEY": f"{REAL} {REAL}",
        "EMPTY_API_KEY": "",
    }
    found = {key.source for key in other_keys(environment)}
    assert found == {"RUNWARE_API_KEY", "OTHER_API_KEY", "JUPYTERHUB_API_TOKEN"}


@pytest.mark.parametrize("part", [TextPart(f"| key |\n| {SECRET} |"), FilePart(b"%PDF", "application/pdf", SECRET)])
def test_what_is_attached_is_read_as_prompts_are(part):
    """A table, a file's text, a file's name."""
    with pytest.raises(PromptError, match="RUNWARE_API_KEY"):
        refuse_secrets(Request("m", (Message("user", parts=(TextPart("Hi"), part)),)), [KEY], fresh=1)
    guessed = Message("user", parts=(TextPart("Hi"), TextPart(f"key = sk-{REAL}")))
    with pytest.raises(PromptError, match="looks like a key"):
        refuse_secrets(Request("m", (guessed,)), [], fresh=1)


def test_the_bytes_of_a_picture_are_not_read():
    """Their base64 can look like a key by chance."""
    looks = ImagePart(base64.b64decode("iVBORw0KGgoA/AKIAQ7pL2mZx9Rt4Vb6Nc8Wd123"), "image/png", "fig")
    assert like_a_key(looks.data_uri.replace("/", " "))
    refuse_secrets(Request("m", (Message("user", parts=(looks,)),)), [KEY], fresh=1)
