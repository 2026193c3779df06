"""A request as text that can be run: what is sent, for a shell, for Python, and as the JSON that it is.

The key is in none of it: where one is needed, it is read from the environment when the text is run.
"""

from __future__ import annotations

import json
import pprint
import re
import textwrap
from typing import Any

from runware_magic.chat.request import Request

#: Where the key is read from.
KEY_VARIABLE = "RUNWARE_API_KEY"

_PATH = "/chat/completions"
_LONGEST_ARGUMENT = 100_000  # bytes; Linux takes 131,072 in one argument, quotes and line end included
_DELIMITER = "END_OF_REQUEST"
_WIDTH = 100  # columns of Python

# What a terminal or a page would swallow, obey or reorder: copied from there, the text would not be the same.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

#: The fields that `openai` has arguments for, in every version from 1.60 on; others it sends from ``extra_body``.
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
    r"""Give the body of a request, indented.

    Characters that would not survive being shown and copied are written as ``\uXXXX``; all others are as they are.
    """
    text = json.dumps(request.body(), allow_nan=False, ensure_ascii=False, indent=2)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_curl(request: Request, base_url: str, *, needs_key: bool) -> str:
    """Give a command for a POSIX shell.

    Parameters
    ----------
    request
        What is sent.
    base_url
        Where to, without the path of the request.
    needs_key
        Whether the endpoint wants one; without, no header for it is sent.

    Returns
    -------
    str
        ``curl`` with the body as an argument, or as a here-document where a shell could not pass so long an argument.
    """
    body = as_json(request)
    kind = "text/event-stream" if request.body()["stream"] else "application/json"
    words = [
        # Without --globoff, curl reads brackets and braces in an address as patterns.
        f"curl --no-buffer --silent --show-error --globoff {_quoted(base_url.rstrip('/') + _PATH)}",
        "--header 'Content-Type: application/json'",
        f"--header 'Accept: {kind}'",
        # In double quotes, for the shell to fill in; with :? it stops there if there is no key.
        *([f'--header "Authorization: Bearer ${{{KEY_VARIABLE}:?}}"'] if needs_key else []),
    ]
    if len(body.encode()) <= _LONGEST_ARGUMENT:
        return " \\\n  ".join((*words, f"--data-raw {_quoted(body)}")) + "\n"
    # No line of indented JSON can be the delimiter: each starts with a brace or a space.
    document = f"--data-binary @- <<'{_DELIMITER}'\n{body}\n{_DELIMITER}\n"
    return " \\\n  ".join((*words, document))


def as_python(request: Request, base_url: str, *, needs_key: bool) -> str:
    """Give a program that asks with the official ``openai`` client and prints the answer as it comes.

    Parameters
    ----------
    request
        What is sent. Fields that the client has no arguments for are in ``extra_body``. Half a surrogate pair is
        replaced: the client can send none.
    base_url
        Where to, without the path of the request.
    needs_key
        Whether the endpoint wants one; without, no header for it is sent.
    """
    body = _encodable(request.body())
    known = {name: value for name, value in body.items() if name in CLIENT_FIELDS}
    extra = {name: value for name, value in body.items() if name not in CLIENT_FIELDS}
    arguments = known | ({"extra_body": extra} if extra else {})
    # The client wants some key in any case: what keeps it from sending one is a header left out, call by call.
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


def _encodable(body: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(body, allow_nan=False, ensure_ascii=False)
    whole: dict[str, Any] = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return whole


def _argument(name: str, value: Any) -> str:  # noqa: ANN401  # any value that JSON has
    # Python's repr escapes all that does not print, newlines included: so indenting reaches no text.
    literal = pprint.pformat(value, width=_WIDTH, sort_dicts=False)
    start, *rest = literal.split("\n")
    if not rest:
        return f"    {name}={literal},\n"
    return f"    {name}={start}\n" + textwrap.indent("\n".join(rest), " " * (5 + len(name))) + ",\n"


def _quoted(text: str) -> str:
    # Between single quotes a shell reads nothing; the quote itself stands outside of them.
    return "'" + text.replace("'", "'\\''") + "'"
