"""Tracebacks of a notebook's errors."""

import json
import subprocess
import sys

import pytest

from runware_magic.ipython.tracebacks import _is_users, label, traceback_of


def raised_by(function, *arguments):
    """Return the error that a call raises."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001  # whatever it raises
        return error
    return None


def endless(number):
    """Never return."""
    return endless(number)


def test_an_endless_recursion_is_short():
    """Its frames are there a few times, and how many more there were."""
    text = traceback_of(raised_by(endless, 1))
    assert "[Previous line repeated" in text
    assert len(text) < 2000


def test_files_have_no_private_paths():
    """Of the standard library and of packages, the path within; of others, the name."""
    text = traceback_of(raised_by(json.loads, "{"))
    assert 'File "json/decoder.py", line ' in text
    assert 'File "test_tracebacks.py", line ' in text
    assert label("/home/ada/.venv/lib/python3.11/site-packages/pandas/core/frame.py", "") == "pandas/core/frame.py"
    assert label("<ipython-input-3-0123456789ab>", "<ipython-input-3-0123456789ab>") == "<cell>"
    assert label("<ipython-input-2-0123456789ab>", "<ipython-input-3-0123456789ab>") == "<another cell>"
    assert label("/home/ada/thesis/helpers.py", "") == "helpers.py"


def test_the_standard_library_is_known_where_its_files_are():
    """Homebrew's Python tells another folder than its files do."""
    code = (
        "import json, sysconfig; sysconfig.get_path = lambda name: '/opt/elsewhere/' + name\n"
        "from runware_magic.ipython.tracebacks import _is_users, label\n"
        "print(_is_users(json.__file__), label(json.decoder.__file__, ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False json/decoder.py\n"


def test_causes_are_there():
    """With short paths, too."""

    def cause():
        try:
            json.loads("{")
        except ValueError as error:
            msg = "not JSON"
            raise RuntimeError(msg) from error

    text = traceback_of(raised_by(cause))
    assert text.index("JSONDecodeError") < text.index("direct cause") < text.index("RuntimeError: not JSON")
    assert "/json/" not in text


def test_an_error_whose_text_cannot_be_read():
    """Its type is."""

    class BadError(Exception):
        def __str__(self):
            raise ValueError

    def bad():
        raise BadError

    assert "BadError" in traceback_of(raised_by(bad))


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (r"C:\Temp\ipykernel_123\456.py", True),
        ("<ipython-input-3-0123456789ab>", True),
        ("/home/ada/thesis/helpers.py", True),
        ("<string>", False),
        (json.__file__, False),
        (pytest.__file__, False),
    ],
)
def test_whose_code_it_is(file, expected):
    """The user's own is in cells, and in files that are no library's."""
    assert _is_users(file) is expected
