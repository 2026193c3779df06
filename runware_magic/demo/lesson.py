"""The answers of notebook 04, on why answers differ and why they can be wrong."""

from __future__ import annotations

from runware_magic.demo.topic import Topic

_TOKEN = Topic(
    asked=r"what is a token( (cut|split) a (sentence|text) into tokens( as an example)?)?",
    reasoning="First what a token is, in a sentence or two. Then a sentence that is cut up: one with a long word, "
    "for it is the long ones that fall apart. And a word of caution, because every model cuts in its own way.",
    content="""\
A **token** is a piece of text, often a word or a part of one. A model reads text as a row of tokens, and writes one \
token after the other. The sentence *Unbelievably, it rained.* might be cut like this:

`Un` `believ` `ably` `,` `it` `rained` `.`

These are seven tokens for three words: a frequent word is one piece, a rare one is put together from several. Every \
model cuts in its own way; in English, a token is about four characters long.

To the model each piece is a number. It does not see the letters in it: one reason why it may miscount them.""",
    short="A token is a piece of text, often a word or a part of one, and models read and write nothing else.",
    example="The word *unbelievably* is one: it might be cut into `un`, `believ` and `ably`.",
)

_NEXT_TOKEN = Topic(
    asked=r"(which|what) tokens? (could|may|might) come after the capital of australia is"
    r"( show (me )?a table (of|with) (the |their )?probabilities)?",
    reasoning="Two things have to be said: every token gets a probability, and then one of them is drawn. Three "
    "candidates are enough to see it. The numbers have to be invented, so say that they are.",
    content="""\
A model gives a probability to every token that it knows, tens of thousands of them. With three candidates only, it \
might look like this. **The numbers are invented for this lesson: no model was measured.**

| next token | probability |
| --- | ---: |
| Canberra | 75 % |
| Sydney | 20 % |
| Melbourne | 5 % |

Then one of them is drawn, as with a die that has uneven sides, and put at the end of the text; and all begins again \
for the token after it. One answer in four would go wrong here: Sydney gets its share because so many texts about \
Australia speak of it.""",
    short="A model gives every token a probability of coming next, and one of them is drawn.",
    example="After *Once upon a*, nearly all of the probability is on *time*: there is hardly anything else to draw.",
)

_TEMPERATURE = Topic(
    asked=r"how does (the |a )?temperature change (such |the |these |those )?probabilities( show (me )?the formula)?",
    reasoning="The probabilities are given, so no scores are needed: each is raised to the power 1/T, and then all "
    "are divided by their sum. A table for the three tokens: for T = 2 the square roots of 0.75, 0.20 and 0.05 are "
    "0.866, 0.447 and 0.224, together 1.537; that makes 56, 29 and 15 percent.",
    content=r"""At the temperature $T$, each probability $p_i$ becomes

$$p_i(T) = \frac{p_i^{1/T}}{\sum_j p_j^{1/T}}$$

For three tokens with 75, 20 and 5 %, this gives:

| temperature | first token | second token | third token |
| ---: | ---: | ---: | ---: |
| 0.5 | 93 % | 7 % | 0.4 % |
| 1 | 75 % | 20 % | 5 % |
| 2 | 56 % | 29 % | 15 % |

- **Below 1** the likely becomes likelier. Towards 0, only the likeliest token is left, and every answer is the same.
- **At 1** all stays as the model has learned it.
- **Above 1** the unlikely gets its chance: more ideas, and more mistakes.""",
    short="A low temperature leaves little but the likeliest token; a high one gives the others their chance.",
    example="At a temperature of 0.1, tokens with 75, 20 and 5 % have 99.9998 %, 0.0002 % and next to nothing.",
)

_FUNCTION = Topic(
    asked=r"(write|show me|give me) a (short )?python function (that applies|to apply) a temperature to probabilities",
    reasoning="The formula, as it stands: powers first, then the division by their sum. A dict keeps each token "
    "with its probability.",
    content='''\
The formula takes three lines:

```python
def with_temperature(probabilities, temperature):
    """Give the probabilities of tokens at a temperature above 0."""
    weights = {token: p ** (1 / temperature) for token, p in probabilities.items()}
    total = sum(weights.values())
    return {token: weight / total for token, weight in weights.items()}
```

The division by `total` makes them add up to 1 again. A temperature of 0 would be a division by zero: there, the \
likeliest token is simply taken.''',
    short="Raise each probability to the power `1 / temperature`, and divide by their sum.",
    example="""\
```python
{token: round(p, 2) for token, p in with_temperature({"Canberra": 0.75, "Sydney": 0.2, "Melbourne": 0.05}, 2).items()}
```

gives `{'Canberra': 0.56, 'Sydney': 0.29, 'Melbourne': 0.15}`.""",
)

_CAPITAL = Topic(
    asked=r"what is the capital of australia answer in (one|a single) sentence",
    reasoning="Which city governs Australia?",
    content="The capital of Australia is Canberra.",
    short="The capital of Australia is Canberra.",
    example="The Parliament House is in Canberra, and so is the High Court.",
    wordings=(
        "Australia's capital is Canberra, a city that was planned to be just that.",
        "Canberra is the capital of Australia: Sydney and Melbourne could not agree on one of them.",
        "The capital of Australia is Sydney, known for its opera house.",
    ),
    quips=("Canberra.", "Sydney."),
)

_MISTAKES = Topic(
    asked=r"why (do|can) (large )?language models make mistakes( and (still|yet) sound (so )?(sure|certain))?",
    reasoning="What do these mistakes have in common? Likely is not true, and that is the first point. Then the "
    "tone, what was never learned, and what would have to be worked out. The reader wants to know what to do about "
    "it: end with that.",
    content="""\
- **Likely is not true.** A model goes on with what is likely after the text so far. There is no second step that \
asks whether it is so.
- **The tone is learned as well.** It was learned from texts that are sure of what they say, and it is kept where the \
facts are missing.
- **Not everything is in there.** What is new, rare or private was hardly in those texts. Something that fits the gap \
is still likely.
- **Nothing is looked up or worked out** unless the model has a tool for it, or room to reason. So look twice at \
numbers, dates, quotations and sources.

What to do: ask for the steps, look it up in a source of your own, let Python calculate, and ask several times. An \
answer that changes is not one to rely on. One that stays the same may be wrong as well.""",
    short="A model says what is likely, in the tone of texts that are sure; nothing in it asks whether it is true.",
    example="Ask for three books on a rare subject: the titles will sound right, and may not exist.",
)

#: In the order of the lesson.
LESSON = (_TOKEN, _NEXT_TOKEN, _TEMPERATURE, _FUNCTION, _CAPITAL, _MISTAKES)
