"""What is left of an answer that broke off, in words."""

from __future__ import annotations

AGAIN = "Run the cell again."


def left(*, began: bool, told: bool, advice: str = AGAIN) -> str:
    """Say what is kept and what it may have cost.

    Parameters
    ----------
    began
        Whether a piece of the answer had come.
    told
        Whether the endpoint had told what was used.
    advice
        What to do: a sentence.
    """
    if not began:
        return f"Whether it was billed is unknown. {advice}"
    return f"What had arrived is kept{'' if told else '; its cost is unknown'}. {advice}"
