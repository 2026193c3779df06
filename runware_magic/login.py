"""``%runware login``: where a key is kept for the user, or who types it; never into a file, never shown."""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from IPython.core.error import StdinNotImplementedError

from runware_magic.errors import EndpointError, OptionError
from runware_magic.settings import KEY_VARIABLE, Reader, colab_secret, find_key
from runware_magic.wire.aside import aside
from runware_magic.wire.endpoint import Key

#: Under which names the system's keyring has the key: ``keyring set runware RUNWARE_API_KEY`` puts it there.
SERVICE = "runware"
KEYRING = "the system's keyring"
TYPED = "%runware login"

_ASK = "--ask"
_HINT = "Set RUNWARE_API_KEY before the kernel starts."


def log_in(line: str, colab: Reader = colab_secret, keyring: Callable[[], Key | None] | None = None) -> tuple[Key, str]:
    """Get a key: from Colab's secrets, else the system's keyring, else from whoever sits there.

    Parameters
    ----------
    line
        What stands behind the command: nothing, or ``--ask`` to be asked in any case.
    colab
        Gives a secret of Colab by its name; None elsewhere.
    keyring
        Gives the key that the system's keyring has; `from_keyring` by default.

    Returns
    -------
    tuple
        The key, and what to say: where it came from.

    Raises
    ------
    OptionError
        When there is anything else on the line. It may be a key, so the error does not repeat it.
    EndpointError
        When what is there cannot be a key, or nobody can type one unseen.
    KeyboardInterrupt
        When the user does not want to type, or to wait for the keyring.
    """
    if line not in {"", _ASK}:
        msg = "%runware login takes no key on the line: it would be saved with the notebook."
        raise OptionError(msg, f"Run %runware login alone and type the key where it asks ({_ASK}: in any case).")
    why = ""
    if line != _ASK:
        if key := find_key(None, _nothing, colab):
            return key, _taken(key)
        try:
            key = (keyring or from_keyring)()
        except EndpointError as error:
            why = f" ({error.message})"
        except Exception as error:  # noqa: BLE001  # each backend of the keyring has errors of its own
            # Its kind only: what it says may be long, and hold what was read.
            why = f" ({KEYRING} cannot be read: {type(error).__name__})"
        if key:
            return key, _taken(key)
    return _typed(why), "The key is kept in this kernel only. %runware shows which endpoint answers now."


def from_keyring() -> Key | None:
    """Read the key from the system's keyring; None without the package ``keyring``, or where it has none.

    Reading may wait for a dialogue of the system: an interrupt ends the waiting.

    Raises
    ------
    Exception
        Whatever the keyring raises.
    """
    return None if find_spec("keyring") is None else aside(lambda _: _kept_by_the_system())


def _kept_by_the_system() -> Key | None:
    # Not an import statement: the package is optional, and no type checker need know it.
    value = import_module("keyring").get_password(SERVICE, KEY_VARIABLE)
    try:
        return Key(value, KEYRING) if value else None
    finally:
        # The frame may be one of an error's.
        del value


def _typed(why: str) -> Key:
    try:
        with warnings.catch_warnings():
            # Where the echo cannot be turned off, the standard library warns and reads all the same.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return Key(getpass.getpass(f"Runware API key{why}: "), TYPED)
    except (StdinNotImplementedError, EOFError):
        msg = "There is nobody to type a key here."
        raise EndpointError(msg, _HINT) from None
    except getpass.GetPassWarning:
        msg = "A key typed in this terminal would be seen."
        raise EndpointError(msg, _HINT) from None


def _taken(key: Key) -> str:
    return f"The key from {key.source} is used in this kernel. %runware login {_ASK} asks for another."


def _nothing(_: str) -> None:
    return None
