"""Files, written whole or not at all."""

import errno
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from runware_magic.errors import UsageError
from runware_magic.notebook import atomic_write
from runware_magic.notebook.atomic_write import check, write_whole


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Every path is relative to a folder of its own."""
    monkeypatch.chdir(tmp_path)


def allowed(path, *, force=False, open_notebook=None):
    """Return why a file must not be written; an empty text if it may."""
    try:
        check(Path(path), force=force, open_notebook=open_notebook and Path(open_notebook))
    except UsageError as error:
        return str(error)
    return ""


def test_a_new_file_has_the_permissions_of_any_other():
    """Not those of a temporary file."""
    write_whole(Path("new.md"), "é")
    Path("other").touch()
    assert Path("new.md").read_bytes() == "é".encode()
    assert Path("new.md").stat().st_mode == Path("other").stat().st_mode


def test_a_replaced_file_keeps_its_permissions():
    """What was private stays so."""
    Path("a.md").touch(mode=0o600)
    write_whole(Path("a.md"), "new")
    assert (Path("a.md").read_text(), Path("a.md").stat().st_mode & 0o777) == ("new", 0o600)


def test_windows_is_given_no_permissions(monkeypatch):
    """There, a file that is read-only can be neither moved nor removed: a `.tmp` would stay."""
    Path("a.md").write_text("old")
    Path("a.md").chmod(0o444)
    windows = SimpleNamespace(name="nt", path=os.path, fsync=os.fsync)
    monkeypatch.setattr(atomic_write, "os", windows)
    write_whole(Path("a.md"), "new")
    assert Path("a.md").stat().st_mode & stat.S_IWRITE


def test_a_link_stays_one():
    """The file that it leads to is replaced."""
    Path("real.md").write_text("old")
    Path("link.md").symlink_to("real.md")
    write_whole(Path("link.md"), "new")
    assert Path("link.md").is_symlink()
    assert Path("real.md").read_text() == "new"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(error, monkeypatch, tmp_path):
    """A full disk, or an interrupt."""

    def fail(_):
        raise error

    Path("a.md").write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((UsageError, KeyboardInterrupt)) as caught:
        write_whole(Path("a.md"), "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.md", "old")]
    assert isinstance(error, KeyboardInterrupt) or "No space left on device" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_lone_surrogates_do_not_keep_a_file_from_being_written():
    """No file can hold them."""
    write_whole(Path("a.md"), "a\ud800b")
    assert Path("a.md").read_text(encoding="utf-8") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_file_that_is_there_is_replaced_by_force_only():
    """A link that leads nowhere is there, too."""
    Path("a.md").touch()
    Path("link.md").symlink_to("nowhere.md")
    assert "--force" in allowed("a.md")
    assert "--force" in allowed("link.md")
    assert not allowed("a.md", force=True)
    assert not allowed("b.md")


def test_the_open_notebook_is_never_written():
    """By whatever name, and with force."""
    Path("open.ipynb").touch()
    Path("link.ipynb").symlink_to("open.ipynb")
    os.link("open.ipynb", "hard.ipynb")
    for path in ("open.ipynb", "./open.ipynb", Path.cwd() / "open.ipynb", "link.ipynb", "hard.ipynb"):
        assert "open notebook" in allowed(path, force=True, open_notebook="open.ipynb")
    assert not allowed("other.ipynb", force=True, open_notebook="open.ipynb")


def test_an_open_notebook_that_was_not_saved_yet_is_known_by_its_name():
    """In any case, since the file system may have none."""
    assert "open notebook" in allowed("UNTITLED.ipynb", open_notebook="Untitled.ipynb")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("folder.md", "folder.md is a folder."),
        ("nowhere/a.md", "There is no folder nowhere."),
        ("file.md/a.md", "There is no folder file.md."),
        ("x" * 300 + ".md", "File name too long"),
        ("~nobody-of-this-name/a.md", "Could not write ~nobody-of-this-name/a.md"),
    ],
)
def test_where_no_file_can_be_the_error_says_so_in_one_line(path, said):
    """Before anything is written."""
    Path("folder.md").mkdir()
    Path("file.md").touch()
    assert said in allowed(path)
    assert "\n" not in allowed(path)


def test_a_name_that_no_file_can_have_is_an_error_in_one_line():
    """And nothing is left."""
    with pytest.raises(UsageError, match="Could not write"):
        write_whole(Path("a\0.md"), "x")
    assert not list(Path().iterdir())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_folder_that_may_not_be_written_is_an_error_in_one_line():
    """As the system says."""
    Path("locked").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        write_whole(Path("locked/a.md"), "x")
