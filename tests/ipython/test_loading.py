"""Loading the extension with a configuration that it cannot take, and once that is mended."""

import pytest
from terminal_ipython import OK, cell, failed, sentence
from traitlets.config import Config

from runware_magic.errors import UsageError
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.ipython.shell_hooks import Command, open_cell

LOAD, RELOAD = "%load_ext runware_magic", "%reload_ext runware_magic"
WRONG = [
    ("temperature", "0.3", "The 'temperature' trait expected a float, not the str '0.3'."),
    ("temperature", 9, "The value of the 'temperature' trait should not be greater than 2, but a value of 9.0 "),
    ("max_tokens", 0, "The value of the 'max_tokens' trait should not be less than 1, but a value of 0 "),
    ("reasoning", "x", "The 'reasoning' trait expected any of ['auto', 'open', 'folded', 'hidden'], not the str 'x'."),
    ("confirm_above", 5, "The 'confirm_above' trait expected a tuple, not the int 5."),
    ("model", None, "The 'model' trait expected a unicode string, not the NoneType None."),
    ("keep", "y" * 3000, "The 'keep' trait expected a boolean, not the str 'yyy"),
]


@pytest.fixture
def bare(shell):
    """Give a shell without the extension; at the end nothing of ours is left in its configuration."""
    shell.run_line_magic("unload_ext", "runware_magic")
    yield shell
    shell.config.pop("RunwareMagics", None)


def hooked(shell):
    """Give what the extension has hung into a shell."""
    manager = shell.input_transformer_manager
    return [
        *(entry for entry in shell.configurables if isinstance(entry, RunwareMagics)),
        *(kind for kind, table in shell.magics_manager.magics.items() if "runware" in table),
        *(entry for entry in (open_cell, Command) if entry in manager.line_transforms + manager.token_transformers),
        *(matcher for matcher in shell.Completer.custom_matchers if "runware" in matcher.__qualname__),
    ]


@pytest.mark.parametrize(("trait", "value", "said"), WRONG)
def test_a_wrong_value_is_an_error_in_one_line_and_leaves_nothing(bare, capsys, trait, value, said):
    """It names the trait, what that takes and what came, as often as it is tried."""
    bare.config.RunwareMagics = Config({trait: value})
    for command in (LOAD, RELOAD, LOAD):
        error, shown = failed(bare, command, capsys)
        assert type(error) is UsageError
        assert said in error.message
        assert len(error.message) < 300
        assert "%load_ext" in error.hint
        assert shown == sentence(error)
        assert hooked(bare) == []


@pytest.mark.parametrize("command", [LOAD, RELOAD])
def test_loading_works_once_the_value_is_mended(bare, serve, capsys, command):
    """In the same kernel, by %config; unloading, and what a file says, work as ever."""
    server = serve(OK)
    bare.config.RunwareMagics = Config({"temperature": "0.3", "base_url": server.url})
    failed(bare, LOAD, capsys)
    failed(bare, "%config RunwareMagics.temperature = 0.3", capsys)
    error, _ = failed(bare, command, capsys)
    assert error is None
    cell(bare, "")
    assert server.heard[0].json["temperature"] == 0.3
    assert hooked(bare)[1:3] == ["line", "cell"]
    error, _ = failed(bare, RELOAD, capsys)
    assert error is None
    bare.run_line_magic("unload_ext", "runware_magic")
    assert hooked(bare) == []


def test_a_wrong_value_by_config_is_told_when_the_extension_is_loaded_again(shell, capsys):
    """IPython has kept it, although the extension refused it."""
    failed(shell, "%config RunwareMagics.temperature = '0.3'", capsys)
    error, _ = failed(shell, RELOAD, capsys)
    assert type(error) is UsageError
    failed(shell, "%config RunwareMagics.temperature = None", capsys)
    error, _ = failed(shell, RELOAD, capsys)
    assert error is None
    assert hooked(shell)[1:3] == ["line", "cell"]
