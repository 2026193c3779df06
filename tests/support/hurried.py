"""Programs and kernels that do not spend time on what no test looks at."""

from __future__ import annotations

from pathlib import Path

#: What a kernel runs first: the demo answers so many times as fast. Its speed is known in spite of that.
_STARTUP = """
from runware_magic.chat import turn
from runware_magic.demo import DemoEndpoint
DemoEndpoint.__init__.__kwdefaults__["pace"] = {pace}
turn._SHORTEST_S = 1e-9
"""
#: For the PYTHONPATH of programs: a folder of stubs for modules that are not worth their time.
LEFT_OUT = str(Path(__file__).parent / "left_out")


def hurried(ipython: Path, times: int) -> dict[str, str]:
    """Give the variables of an environment in which the demo does not dawdle, in kernels and in an IPython.

    Parameters
    ----------
    ipython
        Where IPython keeps what it keeps.
    times
        How many times as fast as a model the demo answers; it still takes a while, and is drawn while it comes.
    """
    file = ipython / "profile_default" / "startup" / "hurry.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_STARTUP.format(pace=1 / times), encoding="utf-8")
    return {"IPYTHONDIR": str(ipython)}
