"""What Tab offers."""

from runware_magic.ipython.completion import Known, complete

KNOWN = Known(models=("good", "evil\n!x", "evil\x1b[2J", "evil\u202e"), chats=("main", "a\nb"), names=())


def test_a_name_that_is_more_than_a_name_is_not_offered():
    """A model's name comes from a server, a chat's from a file: neither may write a line of code."""
    assert complete("%%runware ", KNOWN) == ("", ["good"])
    assert complete("%%runware -c ", KNOWN) == ("", ["main"])
