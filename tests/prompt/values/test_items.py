"""What ``--with`` names."""

import pytest

from runware_magic.prompt.options import parse_line
from runware_magic.prompt.values.items import cells_asked, read_items


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("df,fig", ("df", "fig")),
        ("Out[5]", ("Out[5]",)),
        ("df.loc[1, 'a,b'],{'x': (1, 2)}", ("df.loc[1, 'a,b']", "{'x': (1, 2)}")),
        ("row['it\"s, so']", ("row['it\"s, so']",)),
        ("error,cells:3,data/notes.md", ("error", "cells:3", "data/notes.md")),
    ],
)
def test_items_are_split_at_commas_outside_brackets_and_quotes(written, items):
    """So an index with a comma is one item."""
    assert read_items(written) == items


@pytest.mark.parametrize("written", ["", "df,", ",df", "cells:", "cells:0", "cells:x", "cells:-1", "cells:1.5"])
def test_what_names_nothing_is_refused(written):
    """With what is expected."""
    with pytest.raises(ValueError, match="names"):
        read_items(written)


def test_all_options_of_a_line_count():
    """Each may name several."""
    assert parse_line("--with df,fig --with cells:2").items == ("df", "fig", "cells:2")


def test_a_number_of_cells():
    """Other items ask for none."""
    assert [cells_asked(item) for item in ("cells:12", "cells", "df", "cells:1x")] == [12, 0, 0, 0]
