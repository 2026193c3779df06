"""What a user's script may do with the public interface; type checkers read it, and it runs without a key."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import runware_magic
from runware_magic import (
    Attached,
    Chat,
    Choice,
    Comparison,
    FilePart,
    ImagePart,
    Logprobs,
    Message,
    Reply,
    Request,
    RunwareError,
    Source,
    TextPart,
    Timing,
    TokenLogprob,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    Variant,
    Verdict,
    errors,
)
from runware_magic.chat.events import (
    Cited,
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    OtherChoice,
    ReasoningDelta,
    Retrying,
    Skipped,
    TokensScored,
    ToolCallDelta,
    UsageReport,
)


def told(event: Event | Turn) -> str:  # noqa: C901, PLR0911  # one an event
    """Say what came."""
    if isinstance(event, ContentDelta | ReasoningDelta):
        return event.text
    if isinstance(event, Turn):
        return event.content
    if isinstance(event, Cited):
        return ", ".join(source.url for source in event.sources)
    if isinstance(event, UsageReport):
        return str(event.usage.completion_tokens)
    if isinstance(event, Finished):
        return event.reason
    if isinstance(event, Retrying):
        return f"{event.reason}: {event.attempt + 1} in {event.wait_s:.1f} s"
    if isinstance(event, Failed):
        return event.message + (event.code or "")
    if isinstance(event, Skipped):
        return str(event.size + 1)
    if isinstance(event, ToolCallDelta):
        return f"{event.index + 1}{event.id.upper()}{event.name.upper()}{event.arguments.upper()}"
    if isinstance(event, TokensScored):
        return " ".join(f"{token.token} {token.probability:.0%}" for token in event.tokens)
    if isinstance(event, OtherChoice):
        return f"{event.index + 1}: {told(event.event)}"
    if isinstance(event, Opened):
        return made(event.request)[0]
    nothing: ContentWasReasoning | Ended = event
    return repr(nothing)


def about(turn: Turn) -> str:
    """Say what a turn holds."""
    cost: float | None = turn.cost
    parameters: Mapping[str, object] = turn.parameters
    texts: list[str] = [
        turn.id,
        turn.model,
        turn.endpoint,
        turn.content,
        turn.reasoning,
        turn.state,
        str(turn),
        turn.first_choice_id,
    ]
    perhaps: list[str | None] = [turn.chat, turn.cell_id, turn.parent, turn.supersedes, turn.error, turn.recorded]
    perhaps += [turn.finish_reason, *(turn.context or ())]
    texts += [message.role + message.content for message in (*turn.messages, *turn.system_messages, *turn.exchange)]
    texts += [turn.reply.content, turn.reply.reasoning, *(call.name for call in turn.reply.tool_calls)]
    texts += [reply.content for reply in turn.replies]
    texts += [f"{call.name}({call.arguments}){dict(call.extra)}" for call in turn.reply.tool_calls]
    texts += [part.text for message in turn.messages for part in message.parts if isinstance(part, TextPart)]
    texts += [verdict.check + verdict.why for verdict in turn.verdicts if not verdict.passed]
    texts += [f"{verdict.model} {verdict.cost} {verdict.unknown}" for verdict in turn.verdicts]
    texts += [turn.schema_sent, *(turn.schema or ())]
    texts += [source.url + source.title for source in turn.sources]
    texts += [f"{each.name} {each.kind} {each.shape} {each.cut}" for each in turn.attached]
    probabilities: list[float] = [token.probability + token.logprob for token in turn.logprobs]
    texts += [text for token in turn.logprobs[:2] for text, _ in token.alternatives]
    texts += [str(turn.logprobs.to_dataframe() if turn.logprobs else len(turn.logprobs))]
    texts += [other.content for other in turn.other_choices]
    choice: int = turn.choice.number + turn.choice.of if turn.choice else 1
    ended: bool = turn.counts_elsewhere or turn.is_whole or turn.maybe_cut or turn.answers
    seconds: list[float | None] = [
        turn.timing.first_token_s,
        turn.timing.total_s,
        turn.tokens_per_second,
        turn.called_s,
    ]
    tokens: int | None = turn.usage.prompt_tokens if turn.usage else None
    number: int = turn.variant.number + turn.variant.of if turn.variant else turn.skipped
    labels: Mapping[str, str] = {**turn.variant.labels, **turn.variant.used} if turn.variant else {}
    return f"{cost}{parameters}{texts}{perhaps}{seconds}{tokens}{number}{labels}{ended}{probabilities}{choice}"


def made(request: Request | None = None) -> tuple[str, list[object]]:
    """Make values as an answer has them; return texts of them, and their forms in JSON."""
    picture = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png", "fig", (640, 480))
    file = FilePart(b"%PDF-1.7", media_type="application/pdf", name="paper.pdf")
    call = ToolCall("call_1", "weather", '{"city": "Oslo"}')
    result = ToolResult(call.id, call.name, "rain", shown=(TextPart("looked up"), picture))
    message = Message("user", parts=(TextPart("What is this?"), picture, file))
    usage = Usage(10, 5, 15, 0.001, cached_tokens=2, reasoning_tokens=1)
    both: Usage = usage.plus(usage).without(usage).updated(usage)
    tokens = Logprobs((TokenLogprob("Oslo", -0.1, (("Lima", -2.5),)),))
    verdict = Verdict("contains:Oslo", passed=True)
    choice, source = Choice(1, 2, "turn_1"), Source("https://a.org", "A page")
    attached = Attached("df", "table", (1000, 12), cut=True)
    request = request or Request("demo:echo@1", (message,), {"n": 2})
    timing: Timing = Timing("2026-11-25T13:40:02Z", 0.3, 1.2)
    variant: Variant = Variant("comparison_1", 1, 2, {"model": "demo:echo@1"}, "0f")
    reply: Reply = Reply("Oslo", "Norway …", (call,), usage)
    size: tuple[int, int] | None = picture.size
    texts: list[str] = [picture.data_uri, file.digest, picture.media_type, result.tool_call_id, timing.started]
    texts += [message.text, message.tool_call_id, variant.fingerprint, variant.name, reply.content, verdict.check]
    texts += [part.text for part in result.shown if isinstance(part, TextPart)]
    whole: int = (both.total_tokens or 0) + (both.cached_tokens or 0) + (usage.reasoning_tokens or 0)
    flags: list[bool] = [picture.has_signature, message.has_only_text, message.is_plain, message.is_instruction]
    flags += [request.asks_for_several, request.stream, usage.counts_answer, verdict.passed]
    again: tuple[Message, ToolCall, Attached] = (
        Message.from_json(message.to_json()),
        ToolCall.from_json(call.to_json()),
        Attached.from_json(attached.to_json()),
    )
    perhaps: tuple[Usage | None, Choice | None] = (Usage.from_json(usage.to_json()), Choice.from_json(choice.to_json()))
    scored: Logprobs = Logprobs.from_json(tokens.to_json())
    pieces: bytes = b"".join(token.as_bytes for token in scored) + file.data
    json: list[object] = [source.to_json(), *(part.to_json() for part in message.parts)]
    return f"{size}{texts}{whole}{flags}{again}{perhaps}{pieces!r}", json


def compared(comparison: Comparison, path: Path) -> list[str]:
    """Use a comparison, which a cell has bound to a name."""
    comparison.to_csv(path)
    comparison.to_csv(str(path))
    frame: object = comparison.to_dataframe()
    picked: Turn | None = comparison.picked
    turn: Turn = comparison.pick(1)
    turns: tuple[Turn, ...] = comparison.turns
    first: Turn = comparison[0]
    rest: tuple[Turn, ...] = comparison[1:]
    return [each.content for each in (*comparison, *turns, turn, first, *rest)] + [
        str(len(comparison)),
        str(frame),
        str(picked),
    ]


def asked(folder: Path) -> Iterator[str]:
    """Hold a conversation."""
    with Chat(
        "demo:echo@1",
        "Be brief.",
        base_url="demo",
        api_key=None,
        budget=0.5,
        record=folder / "talk.jsonl",
        replay=None,
        temperature=0.3,
        max_tokens=100,
        seed=1,
    ) as chat:
        turn: Turn = chat.ask("Hello", temperature=0.7, stop=["END"], response_format={"type": "text"})
        yield about(turn)
        yield about(chat.ask("And this?", [1, Path(__file__)], seed=2))
        for event in chat.stream("More", attach={"folder": str(folder)}, top_p=0.5, effort="low"):
            yield told(event)
        chat.model, chat.budget = None, None
        model: str | None = chat.model
        budget: float | None = chat.budget
        yield f"{chat!r} {model} {budget} {len(chat.turns)} {[message.content for message in chat.messages]}"
    chat.close()


@dataclass
class City:
    """What is asked for."""

    name: str
    inhabitants: int


class Country(TypedDict):
    """What is asked for, too."""

    name: str


def data() -> Iterator[str]:
    """Ask for data, whose type is known."""
    with Chat("demo:tutor@1", base_url="demo") as chat:
        city: City = chat.ask("Oslo", schema=City, repair=1).data
        cities: list[City] = chat.ask("Oslo and Lima", schema=list[City]).data
        country: Country = chat.ask("Norway", schema=Country).data
        turn = chat.ask("Ada", schema="name, age int", expect="judge:is short", judge_model="demo:tutor@1")
        yield city.name + country["name"] + str(city.inhabitants + len(cities)) + about(turn)
        yield about(chat.ask("Bob", schema={"type": "object"}))


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"rain in {city}"


def called() -> Iterator[str]:
    """Let a model call functions."""
    with Chat("demo:tutor@1", base_url="demo", tools=[weather], allow=True) as chat:
        yield about(chat.ask("What is the weather in Oslo?"))
        waits: Turn = chat.ask("And in Lima?", tools={"weather": weather}, allow=[])
        done: Turn = chat.allow("weather") if waits.state == "pending" else waits
        yield about(done)
        if chat.ask("And in Rome?", tools=weather, allow=False).state == "pending":
            yield about(chat.refuse())
    for turn in runware_magic.map(["Oslo"], tools=[weather], allow=[weather], base_url="demo"):
        yield about(turn)


def is_short(turn: Turn) -> bool:
    """Check an answer."""
    return len(turn.content) < 1000


def mapped(folder: Path) -> Iterator[str]:
    """Ask about many rows."""
    rows = [{"name": "Oslo"}, {"name": "Lima"}]
    for turn in runware_magic.map(
        rows,
        "What is {{ row.name }} known for?",
        models=["demo:echo@1"],
        system="Be brief.",
        executor=None,
        max_parallel=2,
        ordered=True,
        record=folder / "answers.jsonl",
        base_url="demo",
        api_key=None,
        budget=1,
        expect=["contains:Oslo", is_short],
        schema=City,
        repair=1,
        judge_model="demo:tutor@1",
        stream=False,
        temperature=0.3,
    ):
        yield about(turn)
    turns = runware_magic.map(["Hi"], models="demo:echo@1", expect=is_short, base_url="demo")
    first: Turn = next(turns)
    turns.close()
    yield first.content


def elsewhere() -> Iterator[Turn]:
    """Ask from the threads of an executor."""
    with ThreadPoolExecutor(1) as executor:
        yield from runware_magic.map({"a": "Hi"}, executor=executor)


def failures() -> dict[str, type[RunwareError]]:
    """Name the errors, each of which can be caught."""
    return {
        "cannot be sent": errors.UsageError,
        "takes very much": errors.ConfirmError,
        "wrong option": errors.OptionError,
        "no request": errors.PromptError,
        "where to": errors.EndpointError,
        "no key": errors.KeyMissingError,
        "not encrypted": errors.InsecureEndpointError,
        "an error for an answer": errors.RefusedError,
        "wrong key": errors.KeyRefusedError,
        "no balance": errors.BalanceError,
        "no such model": errors.NotFoundError,
        "too many": errors.RateLimitedError,
        "failed": errors.ServerFailedError,
        "no answer": errors.TransportError,
        "no connection": errors.ConnectError,
        "silence": errors.TimedOutError,
        "broken off": errors.ConnectionLostError,
        "not recorded": errors.NotRecordedError,
        "over budget": errors.BudgetError,
        "budget used up": errors.SpentError,
        "not as expected": errors.CheckFailedError,
        "interrupted": errors.StoppedError,
    }


def refused() -> str:
    """Catch what goes wrong."""
    try:
        with Chat("demo:error@401", base_url="demo") as chat:
            return chat.ask("Hi").content
    except runware_magic.errors.RefusedError as error:
        status: int = error.status
        code: str | None = error.code
        named: RunwareError = error.about("The first question")
        return f"{status} {code} {named.message} {error.hint} {error.from_python} {error.is_shown}"
    except RunwareError as error:
        return str(error)


def main() -> None:
    """Do all of it."""
    version: str = runware_magic.__version__
    with tempfile.TemporaryDirectory() as folder:
        lines = [version, *asked(Path(folder)), *data(), *called(), *mapped(Path(folder)), refused(), *failures()]
        lines.append(made()[0])
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
