"""What ``%%runware?`` and ``%runware?`` say."""

from __future__ import annotations

from runware_magic.chat.option_table import help_text
from runware_magic.wire.endpoint import MODEL

CELL_HELP = f"""Ask a language model: the text of the cell is the prompt, the answer streams below it.

    %%runware [MODEL] [options]
    Explain recursion in two sentences.

Options:

{help_text()}

MODEL is an AIR id such as {MODEL}, or a slug; %runware models lists them. Quote texts with spaces.

The text of the cell:

  - A line that is exactly system:, user: or assistant: starts a message with that role.
  - {{{{ expression }}}} is replaced by its value in the notebook; a format may follow, as in {{{{ price:.2f }}}}.
    Single braces are left alone; \\{{{{ stands for two literal braces.

Each cell is a turn of the conversation: it sees the turns before it, and running it again answers it anew.
Without a key, a built-in demo endpoint answers; set RUNWARE_API_KEY or run %runware login to ask real models.
"""

LINE_HELP = """Everything except asking in a cell.

    %runware                  which endpoint, model and chat; what was spent
    %runware ask PROMPT       one prompt on one line, with the options of %%runware before it
    %runware models [TEXT]    the endpoint's models, with context length and prices
    %runware usage            tokens, cost and time by model
    %runware stop [NAME|all]  end an answer that goes on in the background; what has come is kept
    %runware login [--ask]    take the key from Colab's secrets or the system's keyring, else ask for it, unseen;
                              it stays in this kernel

    %runware record FILE      write down what is asked and what comes from here on, as it comes: FILE is JSON lines
    %runware replay FILE [--speed 1|2|max] [--else demo|live]
                              answer from a recording, or from a notebook that holds answers: no network, no key;
                              --else asks there what was not recorded
    %runware live             end both

    %runware history [CHAT]   the turns of a chat
    %runware versions [N] [--use V]
                              the versions of a turn and their differences; let another one count
    %runware pick K [--turn N]
                              go on from answer K of a comparison: of the last one, or of turn N
    %runware diff [I J] [--turn N]
                              two answers of a comparison side by side, with their differences word by word
    %runware show [N] [--as curl|python|json|sse]
                              what was sent for a turn, ready to run; sse: what came
    %runware chat [NAME]      go on with another chat; without a name, list them
    %runware fork NAME [--at N]
                              go on in a new chat that shares the turns so far, or up to N
    %runware undo             forget the last turn
    %runware reset [CHAT]     forget a chat
    %runware restore [PATH]   rebuild the chats from a saved notebook: this one, or another
    %runware export PATH [--chat NAME] [--force]
                              write a chat to a file: .ipynb, .md, .jsonl or .html
    %runware hand-in PATH [--chat NAME] [--force]
                              write all chats with all versions to one page for a teacher

%%runware? tells how to ask.
"""

#: What may stand behind %runware.
COMMANDS = (
    *("ask", "models", "usage", "stop", "login", "history", "versions", "pick", "diff", "show", "chat"),
    *("fork", "undo", "reset", "restore", "export", "hand-in", "record", "replay", "live"),
)
