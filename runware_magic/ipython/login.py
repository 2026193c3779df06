"""``%runware login``: gets a key from Colab, the system's keyring or the keyboard; never saves or shows it."""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from IPython.core.error import StdinNotImplementedError

from runware_magic.errors import EndpointError, OptionError
from runware_magic.transport.credentials import KEY_VARIABLE, Reader, colab_secret, find_key
from runware_magic.transport.endpoint import Key
from runware_magic.transport.interruptible import run_interruptibly

#: The service in the system's keyring: ``keyring set runware RUNWARE_API_KEY`` stores the key.
SERVICE = "runware"
KEYRING = "the system's keyring"
TYPED = "%runware login"

_ASK = "--ask"
_HINT = "Set RUNWARE_API_KEY before the kernel starts."


def log_in(line: str, colab: Reader = colab_secret, keyring: Callable[[], Key | None] | None = None) -> tuple[Key, str]:
    """Return a key and a text on its source: Colab's secrets, the system's keyring, or what the user types.

    Raises `OptionError` if the line has anything but ``--ask``, and does not repeat it, since it may be a key. Raises
    `EndpointError` if the value cannot be a key, or nobody can type one unseen; KeyboardInterrupt on an interrupt.
    """
    if line not in {"", _ASK}:
        msg = "%runware login takes no key on the line: it would be saved with the notebook."
        raise OptionError(msg, f"Run %runware login alone and type the key when asked ({_ASK} always asks).")
    key, why = None, ""
    if line != _ASK:
        key = find_key(None, lambda _: None, colab)
        try:
            key = key or (keyring or from_keyring)()
        except EndpointError as error:
            why = f" ({error.message})"
        except Exception as error:  # noqa: BLE001  # each backend of the keyring has errors of its own
            # Only its type: the message may be long, and contain the key.
            why = f" ({KEYRING} cannot be read: {type(error).__name__})"
    if key:
        return key, f"The key from {key.source} is used in this kernel. %runware login {_ASK} asks for another."
    return _typed(why), "The key is kept in this kernel only. %runware shows which endpoint answers now."


def from_keyring() -> Key | None:
    """Read the key from the system's keyring; None without the package ``keyring``, or if it has none.

    An interrupt ends the wait for a dialogue of the system. Raises whatever the keyring raises.
    """
    return None if find_spec("keyring") is None else run_interruptibly(lambda _: _kept_by_the_system())


def _kept_by_the_system() -> Key | None:
    # Not an import statement, since type checkers may not find this optional package.
    value = import_module("keyring").get_password(SERVICE, KEY_VARIABLE)
    try:
        return Key(value, KEYRING) if value else None
    finally:
        del value  # tracebacks keep the variables of frames


def _typed(why: str) -> Key:
    try:
        with warnings.catch_warnings():
            # If the echo cannot be turned off, getpass only warns.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return Key(getpass.getpass(f"Runware API key{why}: "), TYPED)
    except (StdinNotImplementedError, EOFError):
        msg = "No key can be typed here."
        raise EndpointError(msg, _HINT) from None
    except getpass.GetPassWarning:
        msg = "This terminal would show the key while you type it."
        raise EndpointError(msg, _HINT) from None
