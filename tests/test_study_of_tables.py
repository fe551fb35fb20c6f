"""A study of a table of pandas is that of its numbers, whatever they are kept in."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler

ARMS = {"original": {}, "copies": {"sampler": AugmentationOverSampler()}}
Y = np.repeat(["a", "b"], [28, 12])


def make_table():
    return pd.DataFrame(np.random.default_rng(0).integers(0, 2, (40, 30), dtype=np.uint8))


def fit(X, folder):
    settings = {"cv": 2, "validation_size": 0.3, "folder": folder, "error_score": "raise"}
    return AblationStudy({"dummy": DummyClassifier()}, ARMS, **settings).fit(X, Y)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("dtypes", ["UInt8", {0: "bool"}, {0: "boolean", 1: "Int64"}])
def test_numbers_are_those_of_numpy(tmp_path, dtypes):
    expected = fit(make_table().to_numpy(), tmp_path / "plain")
    table = make_table().astype(dtypes)
    study = fit(table, tmp_path / "table")
    pd.testing.assert_frame_equal(study.predictions_, expected.predictions_)
    pd.testing.assert_frame_equal(study.siblings_, expected.siblings_)
    again = fit(table, tmp_path / "table")  # a warning of fits that can't be read is an error
    assert len(list((tmp_path / "table" / "fits").glob("*.npz"))) == 4
    assert again.report(tmp_path / "report")[0].exists()
