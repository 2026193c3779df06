"""The table of settings, from which help, the reference and Tab completion are made."""

from __future__ import annotations

from collections.abc import Mapping

from traitlets import TraitType

from runware_magic.ipython.magics import RunwareMagics

#: The traits that users can set, by name, in the order of the code.
SETTINGS: Mapping[str, TraitType[object, object]] = {
    name: trait for name, trait in vars(RunwareMagics).items() if name in RunwareMagics.class_own_traits()
}


def default_of(setting: TraitType[object, object]) -> str:
    """Return the default of a setting, as it is written in Python."""
    value = setting.default()
    return f'"{value}"' if isinstance(value, str) else str(value)


def help_of(setting: TraitType[object, object]) -> str:
    """Return what a setting means, with the values that it may have."""
    values = getattr(setting, "values", ())
    return f"{setting.help} One of {', '.join(values)}." if values else str(setting.help)
