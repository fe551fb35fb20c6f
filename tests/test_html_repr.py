"""What a notebook shows of an estimator."""

import inspect
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator
from tiny_samplers import TINY_GAN

import skwbc
from skwbc import AugmentationOverSampler, CNNClassifier, make_pipeline

pytestmark = pytest.mark.usefixtures("untraced")

PAGES = "https://skwbc.readthedocs.io/en/latest/generated/skwbc."
ESTIMATORS = [
    public
    for public in map(skwbc.__getattr__, skwbc.__all__)
    if isinstance(public, type) and issubclass(public, BaseEstimator)
]
CLASSIFIER = CNNClassifier(filters=(4,), dense_units=8, epochs=2, random_state=0)
SAMPLER = TINY_GAN


class Cells(HTMLParser):
    """Collect the text of each table row as a list of cells."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def read_cells(html):
    """Map the name in the first cell of each row to the texts of its cells."""
    parser = Cells()
    parser.feed(html)
    rows = [[" ".join(cell.split()) for cell in row] for row in parser.rows]
    return {row[0].split()[0]: row for row in rows}


def build(cls):
    return make_pipeline(AugmentationOverSampler(), CLASSIFIER) if cls is skwbc.Pipeline else cls()


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_the_link_leads_to_a_page_that_is_written(cls):
    assert f'href="{PAGES}{cls.__name__}.html"' in build(cls)._repr_html_()
    api = Path(__file__).parents[1] / "docs" / "api.rst"
    skwbc_part = api.read_text(encoding="utf-8").partition(".. currentmodule:: skwbc.")[0]
    assert re.search(rf"^   {cls.__name__}$", skwbc_part, flags=re.MULTILINE)


@pytest.mark.parametrize("cls", [cls for cls in ESTIMATORS if cls is not skwbc.Pipeline])
def test_each_parameter_tells_what_it_is(cls):
    html = build(cls)._repr_html_()
    if "param-doc-description" not in html:
        pytest.skip("scikit-learn tells it from 1.8 on")
    for name in inspect.signature(cls).parameters:
        assert f"{PAGES}{cls.__name__}.html#:~:text={name}," in html


@pytest.mark.parametrize("estimator", [CLASSIFIER, SAMPLER], ids=["classifier", "sampler"])
def test_fitted_attributes_are_short(estimator, unbalanced):
    fit = getattr(estimator, "fit_resample", estimator.fit)
    fit(*unbalanced)
    html = estimator._repr_html_()
    if "Fitted attributes" not in html:
        pytest.skip("scikit-learn lists them from 1.9 on")
    cells = read_cells(html.partition("Fitted attributes")[2].partition("</table>")[0])
    public = [name for name in vars(estimator) if re.fullmatch(r"[a-z].*[^_]_", name)]
    assert set(public) <= set(cells)
    assert cells["pixel_range_"][-1] == "PixelRange(0, 255, True)"
    assert cells["image_shape_"][-1] == "(8, 8, 3)"
    assert all(len(cells[name][-1]) < 500 for name in public)


def test_a_fitted_pipeline_shows_its_steps(unbalanced):
    pipeline = make_pipeline(AugmentationOverSampler(random_state=0), CLASSIFIER)
    html = pipeline.fit(*unbalanced)._repr_html_()
    for name in ("Pipeline", "AugmentationOverSampler", "CNNClassifier"):
        assert f'href="{PAGES}{name}.html"' in html
