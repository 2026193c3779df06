"""Programs and kernels that do not spend time on what no test looks at."""

from __future__ import annotations

import os
from pathlib import Path

#: What a kernel runs first: the demo answers so many times as fast. Its speed is known in spite of that.
_STARTUP = """
from runware_magic.chat import turn
from runware_magic.demo import DemoEndpoint
DemoEndpoint.__init__.__kwdefaults__["pace"] = {pace}
turn._SHORTEST_S = 1e-9
"""
_LEFT_OUT = str(Path(__file__).parent / "left_out")


def hurried(ipython: Path, *, times: int | None = None) -> dict[str, str]:
    """Give the variables of an environment in which programs, and kernels that they start, do not dawdle.

    nbformat and all servers of Jupyter import jsonschema, which builds grammars for seconds if it finds what they are
    for; here it does not.

    Parameters
    ----------
    ipython
        Where IPython keeps what it keeps.
    times
        How many times as fast as a model the demo answers in kernels, and in an IPython; it still takes a while, and is
        drawn while it comes. If None, it answers as it does.
    """
    if times:
        file = ipython / "profile_default" / "startup" / "hurry.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_STARTUP.format(pace=1 / times), encoding="utf-8")
    path = os.pathsep.join(filter(None, (_LEFT_OUT, os.environ.get("PYTHONPATH"))))
    return {"IPYTHONDIR": str(ipython), "PYTHONPATH": path}
