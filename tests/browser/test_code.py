"""Code of an answer in a cell of a real front end."""

from playwright.sync_api import expect
from terminal_ipython import saying

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
ANSWER = "So:\n\n```bash\nls\n```\n\n```python\nran = True\nprint(ran)\n```\n\n```rust\nfn main() {}\n```\n"


def test_code_stands_in_a_new_cell_below_and_is_not_run(lab, notebook, serve):
    """Between the cell that asked for it and the next one."""
    server = serve(*saying(ANSWER))
    name = notebook(
        LOAD.format(url=server.url), "%%runware\nHi", "%runware code", "after = 1", "%runware code --block 3"
    )
    lab.open(name)
    lab.run_cell(0)
    lab.run_cell(1)
    expect(lab.settled(1)).to_contain_text("So:")
    lab.run_cell(2)
    expect(lab.output(2)).to_contain_text("Block 2 of 3 in turn 1 is in the cell below, and not run.")
    expect(lab.cell(3).locator(".cm-content")).to_have_text("ran = Trueprint(ran)")
    expect(lab.cell(4).locator(".cm-content")).to_have_text("after = 1")
    lab.run_cell(5)
    expect(lab.output(5)).to_contain_text("fn main() {}")
    lab.screenshot("made")
    (code,) = [cell for cell in lab.save(name).cells if cell.source.startswith("ran")]
    assert (code.execution_count, code.outputs) == (None, [])
