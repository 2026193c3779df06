"""Renders a request as text to run: for a shell, for Python, and as JSON.

The key is never included: the text reads it from the environment when it is run.
"""

from __future__ import annotations

import json
import pprint
import re
from typing import Any

from runware_magic.chat.request import Request
from runware_magic.chat.text import encodable_json
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS

#: The environment variable with the key.
KEY_VARIABLE = "RUNWARE_API_KEY"

_LONGEST_ARGUMENT = 100_000  # bytes; Linux takes 131,072 in one argument, quotes and line end included
_DELIMITER = "END_OF_REQUEST"
_WIDTH = 100  # columns of Python

# Characters that a terminal or a page removes, obeys or reorders, and so does not copy.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

#: The fields that `openai` has arguments for, in every version from 1.60 on; others go to ``extra_body``.
CLIENT_FIELDS = frozenset(
    {
        *("audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model", "n"),
        *("parallel_tool_calls", "prediction", "presence_penalty", "reasoning_effort", "response_format", "seed"),
        *("service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools"),
        *("top_logprobs", "top_p", "user"),
    }
)

_STREAMED = """\
for chunk in reply:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
"""
_WHOLE = "print(reply.choices[0].message.content)\n"


def as_json(request: Request) -> str:
    r"""Return the body of a request, indented. Characters that would not survive copying are written as ``\uXXXX``."""
    text = json.dumps(CHAT_COMPLETIONS.encode(request), allow_nan=False, ensure_ascii=False, indent=2)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_curl(request: Request, base_url: str, *, needs_key: bool) -> str:
    """Return a command for a POSIX shell, with the key's header if one is needed.

    The body is an argument, or a here-document if it is too long for one.
    """
    body = as_json(request)
    kind = "text/event-stream" if request.stream else "application/json"
    words = [
        # Without --globoff, curl expands brackets and braces in an address.
        f"curl --no-buffer --silent --show-error --globoff {_quoted(base_url.rstrip('/') + CHAT_COMPLETIONS.path)}",
        "--header 'Content-Type: application/json'",
        f"--header 'Accept: {kind}'",
        # In double quotes, so that the shell expands it; with :? it stops if there is no key.
        *([f'--header "Authorization: Bearer ${{{KEY_VARIABLE}:?}}"'] if needs_key else []),
    ]
    data = f"--data-raw {_quoted(body)}"
    if len(body.encode()) > _LONGEST_ARGUMENT:
        # No line of indented JSON can be the delimiter: each starts with a brace or a space.
        data = f"--data-binary @- <<'{_DELIMITER}'\n{body}\n{_DELIMITER}"
    return " \\\n  ".join((*words, data)) + "\n"


def as_python(request: Request, base_url: str, *, needs_key: bool) -> str:
    """Return a program that asks with the official ``openai`` client and prints the answer as it comes.

    Fields without an argument of the client go to ``extra_body``. Lone surrogates, which it cannot send, are replaced.
    """
    body = encodable_json(CHAT_COMPLETIONS.encode(request))
    known = {name: value for name, value in body.items() if name in CLIENT_FIELDS}
    extra = {name: value for name, value in body.items() if name not in CLIENT_FIELDS}
    arguments = known | ({"extra_body": extra} if extra else {})
    # The client always requires a key, so its header is omitted in the call.
    key = f'os.environ["{KEY_VARIABLE}"]' if needs_key else '"none"'
    return "".join(
        (
            "import os\n\nfrom openai import OpenAI\n\n" if needs_key else "from openai import Omit, OpenAI\n\n",
            f"client = OpenAI(base_url={base_url.rstrip('/')!r}, api_key={key})\n",
            "reply = client.chat.completions.create(\n",
            *(_argument(name, value) for name, value in arguments.items()),
            "" if needs_key else '    extra_headers={"Authorization": Omit()},\n',
            ")\n",
            _STREAMED if body["stream"] else _WHOLE,
        )
    )


def _argument(name: str, value: Any) -> str:  # noqa: ANN401  # any value that JSON has
    # Python's repr escapes newlines, so indenting changes no text.
    lines = pprint.pformat(value, width=_WIDTH, sort_dicts=False).split("\n")
    return f"    {name}=" + ("\n" + " " * (5 + len(name))).join(lines) + ",\n"


def _quoted(text: str) -> str:
    # Between single quotes a shell expands nothing; the quote itself goes outside of them.
    return "'" + text.replace("'", "'\\''") + "'"
