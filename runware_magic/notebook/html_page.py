"""Export a chat as a self-contained page, without scripts or network access."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.text import counted
from runware_magic.chat.turn import Bundle, Turn
from runware_magic.notebook.escape import as_html, one_line
from runware_magic.notebook.parts import message_html

# JupyterLab's variables that the answers use, in a light and a dark version.
_STYLE = """\
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --prompt: #f3f6fa; --link: #0a62c9;
  --jp-ui-font-size1: 13px; --jp-ui-font-color2: var(--muted);
  --jp-content-font-size1: 16px; --jp-content-line-height: 1.6;
  --jp-code-font-size: 14px; --jp-border-color2: var(--line); --jp-warn-color0: #b06000;
  --jp-layout-color0: var(--page); --jp-success-color0: #1b7034; --jp-error-color0: #b02020;
  --jp-mirror-editor-keyword-color: #0b7a34; --jp-mirror-editor-builtin-color: #0b7a34;
  --jp-mirror-editor-number-color: #0b7a34; --jp-mirror-editor-tag-color: #0b7a34;
  --jp-mirror-editor-atom-color: #3b5bdb; --jp-mirror-editor-def-color: #1864ab;
  --jp-mirror-editor-attribute-color: #1864ab; --jp-mirror-editor-header-color: #1864ab;
  --jp-mirror-editor-operator-color: #8333c9; --jp-mirror-editor-meta-color: #8333c9;
  --jp-mirror-editor-comment-color: #3b6f6f; --jp-mirror-editor-string-color: #b3312d;
  --jp-mirror-editor-string-2-color: #9438a8; --jp-mirror-editor-error-color: #c92a2a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --ink: #e3e7ec; --muted: #9aa4af; --line: #3a424c; --prompt: #1e242c; --link: #7ab7ff;
    --jp-warn-color0: #ffb74d; --jp-success-color0: #81c784; --jp-error-color0: #ef9a9a;
    --jp-mirror-editor-keyword-color: #6bd08a; --jp-mirror-editor-builtin-color: #6bd08a;
    --jp-mirror-editor-number-color: #6bd08a; --jp-mirror-editor-tag-color: #6bd08a;
    --jp-mirror-editor-atom-color: #9db2ff; --jp-mirror-editor-def-color: #7cc0f5;
    --jp-mirror-editor-attribute-color: #7cc0f5; --jp-mirror-editor-header-color: #7cc0f5;
    --jp-mirror-editor-operator-color: #cb9cf5; --jp-mirror-editor-meta-color: #cb9cf5;
    --jp-mirror-editor-comment-color: #86b3b3; --jp-mirror-editor-string-color: #f29c98;
    --jp-mirror-editor-string-2-color: #dd9bec; --jp-mirror-editor-error-color: #ff8b8b;
  }
}
* { box-sizing: border-box; }
body {
  max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { margin: 0; font-size: 1.5rem; line-height: 1.3; overflow-wrap: anywhere; }
a { color: var(--link); }
.runware-turn { padding-top: 0 !important; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.about, .number, .role { color: var(--muted); font-size: 13px; }
.about { margin: .25rem 0 0; }
section { margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.role { margin: .75rem 0 .25rem; }
h2 { margin: 2.5rem 0 0; font-size: 1.2rem; overflow-wrap: anywhere; }
.number { margin: 0 0 .5rem; font-weight: 600; }
.other { margin: .75rem 0 0; padding-left: .75rem; border-left: 2px solid var(--line); }
.other > summary { cursor: pointer; color: var(--muted); font-size: 13px; }
.prompt {
  margin: 0 0 1rem; padding: .75rem 1rem; border-radius: 8px; background: var(--prompt);
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.prompt img { display: block; max-width: 100%; max-height: 30rem; margin: .25rem 0; }
@media print { body { max-width: none; padding: 0; } }
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="x-dns-prefetch-control" content="off">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
<p class="about">{about}</p>
{turns}
</main>
</body>
</html>
"""

# Unicode's noncharacters, which are not valid in HTML.
_NO_CHARACTERS = re.compile(
    f"[\ufdd0-\ufdef{''.join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))}]"
)


def to_page(places: tuple[VersionedTurn, ...], chat: str, bundle: Bundle) -> str:
    """Return a chat as an HTML page, light or dark as the reader's system is; formulas are TeX.

    `bundle` returns the answers as safe HTML with inline styles that use JupyterLab's variables.
    """
    turns = "\n".join(_turn(number, place, bundle) for number, place in enumerate(places, 1))
    models = dict.fromkeys(one_line(place.turn.model) for place in places)
    return page(chat, " · ".join((counted(len(places), "turn"), *models)), turns)


def page(title: str, about: str, body: str) -> str:
    """Return a self-contained page; `title` and `about` are plain text, `body` is safe HTML."""
    text = _PAGE.format(title=as_html(one_line(title)), style=_STYLE, about=as_html(about), turns=body)
    return _NO_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def prompts(turn: Turn) -> Iterator[str]:
    """Yield the messages of a turn to the model, as safe HTML."""
    alone = len(turn.messages) == 1
    for message in turn.messages:
        role = "" if alone and message.role == "user" else f'<p class="role">{as_html(one_line(message.role))}</p>\n'
        yield f'{role}<div class="prompt" dir="auto" lang="">{message_html(message)}</div>'


def answered(markup: str) -> str:
    """Mark an answer's HTML as text in an unknown language: only the page around it is English."""
    return f'<div lang="">{markup}</div>'


def _turn(number: int, place: VersionedTurn, bundle: Bundle) -> str:
    versions = len(place.versions)
    version = f" · version {place.shown + 1} of {versions}" if versions > 1 else ""
    answer = answered(bundle(place.turn)["text/html"])
    parts = (f'<h2 class="number">{number}{version}</h2>', *prompts(place.turn), answer)
    return "\n".join(("<section>", *parts, "</section>"))
