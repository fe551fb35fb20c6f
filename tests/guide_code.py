"""Run the code that stands in a page of the guides."""

import re
from pathlib import Path

import skwbc
from skwbc.datasets import load_image_folder

DOCS = Path(__file__).parents[1] / "docs"


def run(page, phrase, **names):
    """Run the one block of a page that has a phrase in it; give the names that it leaves."""
    blocks = re.findall("```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if phrase in block)
    names = {"skwbc": skwbc, "load_image_folder": load_image_folder, **names}
    exec(block, names)
    return names
