import numpy as np

from skwbc import AugmentationOverSampler


def test_copies_are_flips_of_the_rows_named(unbalanced):
    X, y = unbalanced
    sampler = AugmentationOverSampler(rotation=0, vertical_flip=True, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.sample_indices_[:30], np.arange(30))
    poses = set()
    for image, c, row in zip(X_new[30:], y_new[30:], sampler.sample_indices_[30:], strict=True):
        assert c == y[row]
        matches = [
            (v, h) for v in (1, -1) for h in (1, -1) if np.array_equal(image, X[row][::v, ::h])
        ]
        assert len(matches) == 1
        poses.update(matches)
    assert len(poses) == 4
