"""Judge an answer by a criterion, with rules that can be checked; where there is no rule, say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.demo import exercises

_TITLE = "verdict"
_SHOWN = 60  # characters of a criterion


def is_asked(schema: Mapping[str, Any]) -> bool:
    """Whether a request wants a verdict: an object with a reason, and whether the answer passes."""
    properties = schema.get("properties")
    named = str(schema.get("title")).lower() == _TITLE
    return named and isinstance(properties, Mapping) and {"reason", "passed"} <= properties.keys()


def verdict(prompt: str) -> dict[str, Any]:
    """Return the verdict on the answer that a judge's prompt holds."""
    answer, criterion = _block(prompt, "answer"), _block(prompt, "criterion")
    if answer is None or not criterion:
        return {"reason": "I find no answer or no criterion in this request.", "passed": False}
    findings = [_judged(clause, answer) for clause in _clauses(criterion)]
    failed = [finding for finding in findings if not finding.passed]
    return {"reason": " ".join(finding.why for finding in failed or findings), "passed": not failed}


def _block(prompt: str, name: str) -> str | None:
    """Return a block of the prompt: between tags, or in the code fence below a line that names it."""
    lower, opening = prompt.lower(), f"<{name}>"
    # What is asked about may hold such tags itself: the answer comes behind the prompt, and the criterion last.
    start = lower.rfind(opening) if name == "criterion" else lower.find(opening, max(0, lower.find("</prompt>")))
    end = lower.rfind(f"</{name}>")
    if start >= 0:
        return prompt[start + len(opening) : end].strip() if end > start else None
    fenced = re.search(
        rf"^[^\n`~<]*\b{name}\b[^\n`~<]*\n\s*(`{{3,}}|~{{3,}})[^\n]*\n(.*?)\n?^\1[ \t]*$",
        prompt,
        re.IGNORECASE | re.MULTILINE | re.DOTALL,
    )
    return fenced[2].strip() if fenced else None


def _clauses(criterion: str) -> list[str]:
    parts = re.split(
        r"\s*(?:[;,]\s*(?:and\s+)?|\band\b)\s*(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", criterion.strip().rstrip(".")
    )
    return [part for part in parts if part][:20]


@dataclass(frozen=True, slots=True)
class _Finding:
    passed: bool
    why: str


def _judged(clause: str, answer: str) -> _Finding:
    negated = re.search(r"\b(?:not|no(?! more than)|never|without)\b|n't\b", clause.lower()) is not None
    for pattern, rule in _RULES:
        if match := pattern.search(clause):
            found, why = rule(answer, match)
            return _Finding(found != negated, why)
    shown = clause if len(clause) <= _SHOWN else clause[:_SHOWN] + "\u2026"
    return _Finding(
        passed=False, why=f"I am a script, and have no rule for \u201c{shown}\u201d: only a real model can judge that."
    )


#: Returns whether an answer has what a rule looks for, and a sentence on what was found.
_Rule = Callable[[str, "re.Match[str]"], tuple[bool, str]]

_POLITE = re.compile(
    r"\b(?:please|thanks?|thank you|sorry|apologi[sz]e|apolog(?:y|ies)|dear|kind(?:ly)?|regards|welcome|appreciate|"
    r"grateful|pardon|happy to|would you|bitte|danke|s'il vous pla\u00eet|merci|por favor|gracias)\b",
    re.IGNORECASE,
)
_RUDE = re.compile(
    r"\b(?:stupid|idiots?|shut up|nonsense|your (?:own )?fault|go away|hurry up|silly|not my problem)\b",
    re.IGNORECASE,
)
_MONTH = "|".join(exercises.MONTHS)
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?|\d{{4}}-\d\d-\d\d|"
    r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d))\b",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"[$\u20ac\u00a3] ?\d+(?:[.,]\d+)?|\b\d+(?:[.,]\d+)? ?(?:USD|EUR|GBP|dollars?|euros?|pounds?|\u20ac|\u00a3)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?](?=\s|$)")
_COMMON = {
    "english": "the and is of to in that it for with you are was this will",
    "german": "der die das und ist nicht ein eine zu den mit sich auf wir sie",
    "french": "le la les et est une des dans que pour pas vous nous avec sur",
    "spanish": "el los las y es una que en por con para se del no su",
}


def _polite(answer: str, _: re.Match[str]) -> tuple[bool, str]:
    kind, rude = _found(_POLITE, answer), _found(_RUDE, answer)
    if rude:
        return False, f"It is not polite: it says {rude}."
    return (True, f"It has polite words: {kind}.") if kind else (False, "It has no polite word.")


def _rude(answer: str, _: re.Match[str]) -> tuple[bool, str]:
    rude = _found(_RUDE, answer)
    return bool(rude), f"It has rude words: {rude}." if rude else "It has no rude word that I know."


def _names(what: str, pattern: re.Pattern[str]) -> _Rule:
    def rule(answer: str, _: re.Match[str]) -> tuple[bool, str]:
        match = pattern.search(answer)
        return match is not None, f"It names a {what}: {match[0]}." if match else f"It names no {what}."

    return rule


def _language(answer: str, match: re.Match[str]) -> tuple[bool, str]:
    words = re.findall(r"[^\W\d_]+", answer.lower())
    counts = {name: sum(word in common.split() for word in words) for name, common in _COMMON.items()}
    best = max(counts, key=lambda name: counts[name])
    if not counts[best]:
        return False, "I cannot tell its language."
    return best == match[1].lower(), f"By its words it is in {best.capitalize()}."


def _sentences(answer: str, match: re.Match[str]) -> tuple[bool, str]:
    wanted, count = _number(match[2]), max(1, len(_SENTENCE.findall(answer.strip()))) if answer.strip() else 0
    passed = count <= wanted if (match[1] or "").startswith(("at most", "no more")) else count == wanted
    return passed, f"It has {count} sentence{'s' * (count != 1)}."


def _words(answer: str, match: re.Match[str]) -> tuple[bool, str]:
    count = len(answer.split())
    passed = count >= int(match[2]) if match[1].lower().endswith("least") else count <= int(match[2])
    return passed, f"It has {count} words."


def _says(answer: str, match: re.Match[str]) -> tuple[bool, str]:
    said = next(filter(None, match.groups())).strip()
    found = said.lower() in answer.lower()
    return found, f"It {'mentions' if found else 'does not mention'} \u201c{said}\u201d."


def _number(word: str) -> int:
    words = ("one", "two", "three", "four", "five")
    return int(word) if word.isdecimal() else words.index(word.lower()) + 1 if word.lower() in words else 1


def _found(pattern: re.Pattern[str], answer: str) -> str:
    return ", ".join(dict.fromkeys(word.lower() for word in pattern.findall(answer)))


# A text in quotation marks, a name, or a single word.
_SAYS = (
    r"\b(?:mentions?|names?|contains?|says?|includes?) (?:the word )?"
    r"(?:[\"\u201c]([^\"\u201d]{1,80})[\"\u201d]|((?-i:[A-Z])\w{1,30}(?: (?-i:[A-Z])\w{1,30}){0,5})|(\w{3,30}))$"
)
_NO_MORE = r"(?:(at most|no more than|at least|fewer than) )?"
#: The rules, in the order in which they are tried on a part of a criterion.
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), rule)
    for pattern, rule in (
        (r"\b(?:polite|friendly|courteous|kind)\b", _polite),
        (r"\b(?:rude|impolite|unfriendly|insulting)\b", _rude),
        (r"\bin (english|german|french|spanish)\b", _language),
        (_NO_MORE + r"\b(one|a single|two|three|four|five|\d{1,2})(?: \w+)? sentences?\b", _sentences),
        (r"\b(at most|no more than|at least|fewer than) (\d{1,5}) words\b", _words),
        (r"\ba? ?date\b", _names("date", _DATE)),
        (r"\ba? ?(?:price|amount of money|cost)\b", _names("price", _PRICE)),
        (r"\ba? ?(?:numbers?|figures?)\b", _names("number", re.compile(r"\d+(?:[.,]\d+)*"))),
        (r"\basks?\b.*\bquestion\b|\ba question\b", _names("question", re.compile(r"[^.!?\n]{1,200}\?"))),
        (_SAYS, _says),
    )
)
