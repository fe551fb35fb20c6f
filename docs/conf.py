"""Settings of the documentation, which builds without a network."""

import inspect
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import skwbc

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for gallery.py

project = "skwbc"
author = "The skwbc developers"
copyright = "The skwbc developers"
version = release = skwbc.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
# fragments are joined by `join_fragments`, and read through the page "changes"
exclude_patterns = ["_build", "changes/*.md", "generated/fragments.md"]

autosummary_generate = True
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # types stand in the docstrings
numpydoc_show_class_members = False  # the template of a class lists them
numpydoc_xref_param_type = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 2

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "generated/examples",
    "within_subsection_order": "gallery.PageOrder",
    "parallel": 2,  # an example keeps hardly more than one core busy
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", "gallery.make_warnings_errors"),
    "reset_modules_order": "both",
    "capture_repr": ("_repr_html_",),  # tables; what else there is to see is printed
    # links from the pages of the API to the examples that use an object
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skwbc",),
    # what differs from build to build
    "min_reported_time": 3600,
    "write_computation_times": False,
    "show_signature": False,
}

templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = f"skwbc {release}"
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_theme_options = {
    "logo": {"text": "skwbc"},
    "show_prev_next": False,
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# only the API has pages below its own, but for the examples, whose code needs the width
html_sidebars = {page.stem: [] for page in HERE.glob("*.*") if page.stem != "api"}
html_sidebars["generated/examples/*"] = []
html_show_sourcelink = False


def skip_foreign_member(app, what, name, member, skip, options):
    """Leave out what scikit-learn and imbalanced-learn document themselves."""
    module = getattr(inspect.unwrap(member), "__module__", None) or ""
    return skip or (callable(member) and not module.startswith("skwbc"))


def join_fragments(app):
    """Join the fragments in ``changes/`` under a heading for each kind."""
    lines = []
    for kind in ("added", "changed", "fixed"):
        fragments = sorted((HERE / "changes").glob(f"*.{kind}.md"))
        if fragments:
            lines += [f"### {kind.capitalize()}", ""]
            lines += [fragment.read_text(encoding="utf-8").strip() for fragment in fragments]
            lines += [""]
    target = HERE / "generated" / "fragments.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines or ["Nothing yet.", ""]), encoding="utf-8")


def setup(app):
    """Connect the functions above."""
    app.connect("autodoc-skip-member", skip_foreign_member)
    app.connect("builder-inited", join_fragments)
