"""The written answers to the questions of the notebooks."""

from __future__ import annotations

import re

from runware_magic.demo.lesson import LESSON
from runware_magic.demo.topic import Topic, plain, verse

_LANGUAGE_MODEL = Topic(
    asked=r"(what does an? (large )?language model do|(what is|explain|what s) an? (large )?language model)"
    r"( (answer |explain it )?in (two|one|a few|three) sentences?)?",
    reasoning="What is the one thing that a language model does? It predicts the next token. Say that first, "
    "and then why so much comes out of it. Short, without jargon.",
    content="A language model reads a text and predicts **what is likely to come next**, one small piece, a "
    "*token*, at a time. Answers, translations and programs all come from repeating this single step.",
    short="A language model continues a text by predicting, again and again, which piece is likely to come next.",
    example="""\
Take the beginning *The capital of France is*. The model gives every possible next token a probability. \
The numbers here are invented:

| next token | probability |
| --- | ---: |
| Paris | 92 % |
| a | 3 % |
| located | 2 % |
| all others | 3 % |

It picks one, appends it to the text, and asks itself the same question again.""",
)

_TEMPERATURE = Topic(
    asked=r"(what does (the )?temperature do|(what is|explain|what s) (the )?temperature)"
    r"( of a (large )?language model| in a (large )?language model)?( show (me )?the formula)?",
    reasoning="The formula is the softmax with a temperature. Show it, then say what small and large values do, "
    "and end with advice that can be used at once.",
    content=r"""For each possible next token $i$, the model computes a score $z_i$. The temperature $T$ decides \
how these scores become probabilities:

$$p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}$$

- **$T$ near 0**: almost always the best token. Sober, and nearly the same answer each time.
- **$T = 1$**: the probabilities as the model learned them.
- **$T$ towards 2**: unlikely tokens get their chance. Surprising, and sometimes nonsense.

For facts and code, start with `-t 0.2`; for names and stories, try `-t 1`.""".replace("\\\n", ""),
    short="The temperature decides how often a model picks something other than the likeliest next piece: "
    "near 0 hardly ever, towards 2 often.",
    example="""\
Two tokens have the scores 2 and 1. This is how the temperature divides the probability between them:

| temperature | first token | second token |
| ---: | ---: | ---: |
| 0.5 | 88 % | 12 % |
| 1 | 73 % | 27 % |
| 2 | 62 % | 38 % |""",
)

_COUNT_WORDS = Topic(
    asked=r"(write|show me|give me) a (short )?python function (that counts|to count) (the )?words (of|in) a text",
    reasoning="A short function is wanted. `collections.Counter` does the counting; `re.findall` finds the words "
    "without the punctuation. Lower case first, so that To and to are one word.",
    content='''\
The standard library does most of the work:

```python
import re
from collections import Counter


def count_words(text: str) -> Counter[str]:
    """Count how often each word occurs, in whatever case."""
    return Counter(re.findall(r"\\w+", text.lower()))
```

- `re.findall(r"\\w+", …)` gives the words without the punctuation;
- `Counter` is a dictionary that counts, and `.most_common(2)` lists its two largest entries.''',
    short="Find the words with `re.findall` and let `collections.Counter` count them.",
    example="""\
```python
count_words("To be, or not to be").most_common(2)
```

gives `[('to', 2), ('be', 2)]`.""",
)

_PLANETS = Topic(
    asked=r"(list|name) (all )?the (eight )?planets( of the solar system| of our solar system)?"
    r"( as a list)?( nearest to the sun first| (starting|beginning) (from|at|with) the sun)?( as a list)?",
    reasoning="Eight planets, in the order of their distance from the Sun. Only the list is wanted.",
    content="- Mercury\n- Venus\n- Earth\n- Mars\n- Jupiter\n- Saturn\n- Uranus\n- Neptune",
    short="From the Sun outwards: Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.",
    example="Jupiter is one: the fifth from the Sun, and heavier than all the others together.",
)

_RECURSION = Topic(
    asked=r"(what is|explain|what s) recursion( (answer |explain it )?in (two|one|a few|three) sentences?)?"
    r"( (then|and)( then)? show (it|me|me it|an example) in python)?",
    reasoning="Two sentences: what recursion is, and why it ends. Then the shortest function that shows both "
    "parts, the case that is solved at once and the step towards it. The factorial is known to everybody.",
    content='''\
Recursion solves a problem by solving a smaller version of the same problem, with a function that calls itself. \
It ends because each call comes closer to a **base case**, which is answered without another call.

```python
def factorial(n: int) -> int:
    """Multiply all whole numbers from 1 to n."""
    if n <= 1:  # the base case
        return 1
    return n * factorial(n - 1)  # the same problem, one smaller
```

Here `factorial(4)` becomes `4 * factorial(3)`, then `4 * 3 * factorial(2)`, and so on down to the base case.''',
    short="Recursion solves a problem with a function that calls itself on smaller versions of it, down to a case "
    "that is answered at once.",
    example="""\
```python
factorial(4)
```

gives `24`: each call waits for the next, down to `factorial(1)`; then they multiply, one after the other.""",
)

_SALT = Topic(
    asked=r"why is (the )?(sea|sea ?water|ocean) salty( (answer |explain it )?in (two|a few) sentences)?",
    reasoning="Where does the salt come from, and why does it stay? Rain and rivers bring it, springs on the "
    "ocean floor add to it, and what evaporates is water alone.",
    content="Rain is slightly acid and dissolves **minerals** from rock; rivers carry them to the sea, and hot "
    "springs on the ocean floor add more. When water evaporates, the salt stays behind, so that over millions of "
    "years it has gathered: today, a litre of sea water holds about 35 grams.",
    short="Rivers carry salt to the sea, and only the water leaves it again.",
    example="The Dead Sea is one: the Jordan flows in, nothing flows out, and it has become almost ten times as salty "
    "as the ocean.",
    wordings=(
        (
            "Rain is slightly acid and washes **minerals** out of rock; rivers carry them to the sea, and hot springs "
            "on the ocean floor add their share. The sun takes only the water back, so that the salt has gathered for "
            "millions of years: today, a litre of sea water holds about 35 grams, two level tablespoons."
        ),
        (
            "Think of the sea as a **kettle that is never emptied**: rivers pour in water with a pinch of dissolved "
            "rock, the sun boils off the water, and the pinch stays. After some hundred million years of pinches, a "
            "litre of sea water holds about 35 grams of salt."
        ),
    ),
    verses=(
        verse(
            "The rain came down upon the stone",
            "and took a grain, one grain alone;",
            "the river bore it to the sea,",
            "which keeps its grains most faithfully.",
            "The sun drinks water, leaves the rest:",
            "so salt has gathered, guest by guest.",
        ),
        verse(
            "The mountain wept, the river ran,",
            "and so the saltiness began:",
            "each drop that climbs back to the sky",
            "must leave its grain of salt to lie.",
            "A million years of such farewells",
            "is what you taste among the swells.",
        ),
        verse(
            "The sea has swallowed every tear",
            "that rock has wept since rock was here;",
            "the thirsty sun, that thief of rain,",
            "steals all the water, not one grain.",
        ),
    ),
    quips=("Rivers bring in salt; evaporation takes out only water.", "Salt checks in by river, and never checks out."),
)

_NIGHT = Topic(
    asked=r"describe the (sea|ocean) (at|by) night( in (one|a single) sentence)?",
    reasoning="One sentence. What does one see? Darkness, water, the light of the moon on it.",
    content="The sea at night is dark and calm, and the moon lays a bright path across the water.",
    short="The sea at night is dark and calm.",
    example="Phosphorescence is one: on some summer nights every wave breaks in blue light.",
    wordings=(
        "The sea at night is dark and restless, and the moon lays a trembling path across the waves.",
        "The sea at night is a dark and restless animal, and the moon lays a silver hand upon its back.",
        "The sea at night is an old piano, and the moon plays only its black keys, badly, for the fish.",
    ),
    verses=(
        verse("The sea at night is dark and wide;", "the moon walks softly on the tide."),
        verse("The sea at night hums, dark and deep,", "and rocks the drowsy moon to sleep."),
        verse("The sea at night has drunk the moon", "and rolls it, like a silver spoon."),
        verse("The sea at night forgets its name,", "and asks the moon, who feels the same."),
    ),
    quips=("Dark water, bright moon.", "Wet ink.", "The sky, but wetter."),
)

_PARCEL = Topic(
    asked=r"(tell|write to) a customer( in (two|a few) sentences)? that (her|his|their|the) parcel (will be|is) late"
    r"( in (two|a few) sentences)?",
    reasoning="An apology first, then the day on which it comes. Two sentences are enough.",
    content="Dear customer, we are sorry that your parcel is late. It will be with you on **14 May**; thank you for "
    "your patience.",
    short="Your parcel is late. Wait for it.",
    example="Another one: *Dear customer, we apologize: the book that you ordered will leave us on 3 June.*",
    verses=(
        verse(
            "Dear friend, your parcel, we regret,",
            "has not set out upon its journey yet;",
            "but on the fourteenth day of May",
            "it knocks, with thanks for your delay.",
        ),
    ),
)

TOPICS = (_LANGUAGE_MODEL, _TEMPERATURE, _COUNT_WORDS, _PLANETS, _RECURSION, _SALT, _NIGHT, _PARCEL, *LESSON)


def find(text: str) -> Topic | None:
    """Return the topic that a text asks for, if it is exactly one of those."""
    question = plain(text)
    return next((topic for topic in TOPICS if re.fullmatch(topic.asked, question)), None)
