"""The judge of synthetic images, on sets that are too large to compare all with all."""

import numpy as np
import pytest
from sklearn import config_context

from skwbc import _synthetic_quality
from skwbc._images import PixelRange
from skwbc._real_distances import RealDistances
from skwbc._synthetic_filter import Drawn
from skwbc._synthetic_quality import ClassJudge


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_a_sample_of_many_images_judges_as_all_do(monkeypatch, output):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (240, 192), dtype=np.uint8)
    y = np.repeat(["a", "b"], 120)
    drawn = Drawn(rng.integers(0, 256, (150, 192), dtype=np.uint8), 150, 0, 0)

    def describe():
        settings = {"image_shape": (8, 8, 3), "pixel_range": PixelRange.of(rows)}
        among_real = RealDistances(rows, (8, 8, 3))
        judge = ClassJudge(
            rows, y, **settings, among_real=among_real, min_diversity=0, max_distance=1
        )
        return judge.describe("a", drawn)

    of_all = describe()
    monkeypatch.setattr(_synthetic_quality, "MOST_JUDGED", 100)
    with config_context(transform_output=output):
        of_samples = describe()
    for name in ("diversity", "nearest_real_ratio"):
        assert of_samples[name] == pytest.approx(of_all[name], rel=0.02)
    assert of_samples["n_synthetic"] == 150
