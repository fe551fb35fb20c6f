import inspect

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skwbc.datasets import make_blood_cells
from skwbc.datasets._blood_cells import _check_weights, _class_counts

SMALL = {"image_shape": (24, 32, 3)}
CLASSES = ["eosinophil", "lymphocyte", "monocyte", "neutrophil"]


@pytest.fixture(scope="module")
def cells():
    return make_blood_cells(48, weights=(1, 1, 1, 1), image_shape=(60, 80, 3), random_state=0)


def test_bunch_holds_images_and_their_names(cells):
    assert cells.images.shape == (48, 60, 80, 3)
    assert cells.images.dtype == np.uint8
    assert cells.image_shape == (60, 80, 3)
    assert np.shares_memory(cells.data, cells.images)
    assert cells.data.shape == (48, 60 * 80 * 3)
    assert cells.target_names.tolist() == CLASSES
    assert np.bincount(cells.target).tolist() == [12, 12, 12, 12]
    assert cells.filenames[:2] == ["cell_00000", "cell_00001"]
    assert cells.groups.tolist() == list(range(48))
    assert "no\nsubstitute" in cells.DESCR


def test_default_counts_are_those_of_bccd():
    parameters = inspect.signature(make_blood_cells).parameters
    n_samples, weights = (parameters[name].default for name in ("n_samples", "weights"))
    assert _class_counts(n_samples, _check_weights(weights)).tolist() == [88, 35, 21, 208]


def test_rows_are_shuffled(cells):
    assert np.count_nonzero(np.diff(cells.target)) > 20


def test_return_X_y():
    X, y = make_blood_cells(6, **SMALL, random_state=3, return_X_y=True)
    cells = make_blood_cells(6, **SMALL, random_state=3)
    np.testing.assert_array_equal(X, cells.data)
    np.testing.assert_array_equal(y, cells.target)


def test_same_seed_same_images_and_another_seed_others():
    first, again, other = (make_blood_cells(6, **SMALL, random_state=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.target, again.target)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert not np.array_equal(first.images, other.images)
    assert not np.array_equal(first.images[0], first.images[1])


def test_a_random_state_instance_is_advanced():
    random_state = np.random.RandomState(0)
    first, second = (make_blood_cells(4, **SMALL, random_state=random_state) for _ in range(2))
    assert not np.array_equal(first.images, second.images)


def test_global_generator_is_neither_read_nor_written():
    np.random.seed(5)  # noqa: NPY002 - the global generator is what this test is about
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first = make_blood_cells(4, **SMALL, random_state=0)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    np.random.seed(6)  # noqa: NPY002
    np.testing.assert_array_equal(make_blood_cells(4, **SMALL, random_state=0).images, first.images)


def _is_nucleus(images):
    """Mark dark violet: little green light and much more blue."""
    images = images.astype(int)
    return (images[..., 1] < 125) & (images[..., 2] - images[..., 1] > 55)


def test_boxes_lie_in_the_frame_and_enclose_the_nucleus(cells):
    xmin, ymin, xmax, ymax = cells.boxes.T
    assert (xmin >= 0).all()
    assert (ymin >= 0).all()
    assert (xmax <= 80).all()
    assert (ymax <= 60).all()
    for image, (left, top, right, bottom) in zip(cells.images, cells.boxes, strict=True):
        rows, columns = np.nonzero(_is_nucleus(image))
        inside = (columns >= left - 1) & (columns <= right) & (rows >= top - 1) & (rows <= bottom)
        assert inside.sum() >= 5
        assert inside.mean() > 0.9  # the rest are platelets


def test_cells_have_the_size_of_real_ones():
    cells = make_blood_cells(60, weights=(0, 1, 1, 1), overlap=0, random_state=0)
    widths = (cells.boxes[:, 2] - cells.boxes[:, 0]) * 8  # in pixels of a 640 x 480 photo
    lymphocyte, monocyte, neutrophil = (np.median(widths[cells.target == k]) for k in (1, 2, 3))
    assert 110 < lymphocyte < 160  # BCCD: 144
    assert 160 < neutrophil < 210  # BCCD: 198
    assert 190 < monocyte < 250  # BCCD: 236


def test_one_seed_is_one_scene_at_every_shape(cells):
    fine = make_blood_cells(48, weights=(1, 1, 1, 1), image_shape=(120, 160, 3), random_state=0)
    np.testing.assert_allclose(fine.boxes / 2, cells.boxes, atol=1)
    shrunk = fine.images.reshape(48, 60, 2, 80, 2, 3).mean(axis=(2, 4))
    assert np.abs(shrunk - cells.images).mean() < 3


@pytest.mark.parametrize("image_shape", [(24, 32), (24, 32, 1), [24, 32]])
def test_grey_is_the_weighted_mean_of_the_colours(image_shape):
    grey = make_blood_cells(4, image_shape=image_shape, random_state=0)
    colour = make_blood_cells(4, **SMALL, random_state=0)
    assert grey.images.shape == (4, 24, 32, 1)
    expected = colour.images @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey.images[..., 0] - expected).max() <= 1


def _linear_score(X, y):
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    half = len(y) // 2
    return balanced_accuracy_score(y[half:], model.fit(X[:half], y[:half]).predict(X[half:]))


def test_pixels_do_not_give_the_class_away_but_the_cell_does():
    cells = make_blood_cells(160, weights=(1, 1, 1, 1), **SMALL, overlap=0.0, random_state=0)
    assert _linear_score(cells.data, cells.target) < 0.5
    middle = (cells.boxes[:, :2] + cells.boxes[:, 2:]) / 2
    looks = [
        image[max(0, int(y) - 3) : int(y) + 4, max(0, int(x) - 3) : int(x) + 4].mean(axis=(0, 1))
        for image, (x, y) in zip(cells.images, middle, strict=True)
    ]
    sizes = cells.boxes[:, 2:] - cells.boxes[:, :2]
    assert _linear_score(np.hstack([looks, sizes]), cells.target) > 0.7


def test_overlap_brings_the_classes_together():
    def size_gap(overlap):
        cells = make_blood_cells(40, weights=(1, 1, 0, 0), **SMALL, overlap=overlap, random_state=0)
        sizes = cells.boxes[:, 2] - cells.boxes[:, 0]
        return np.median(sizes[cells.target == 0]) - np.median(sizes[cells.target == 1])

    assert size_gap(1.0) < size_gap(0.0)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_samples": 3}, "Expected n_samples >= 4.*received 3"),
        ({"n_samples": 0}, "'n_samples' parameter"),
        ({"weights": (0.5, 0.5)}, "Expected weights as 4 finite numbers"),
        ({"weights": (1, -1, 1, 1)}, "Expected weights as 4 finite numbers"),
        ({"weights": (1, np.nan, 1, 1)}, "Expected weights as 4 finite numbers"),
        ({"weights": (0, 0, 0, 0)}, "Expected weights as 4 finite numbers"),
        (
            {"image_shape": (24, 32, 2)},
            r"image_shape with 1 \(grey\) or 3 \(RGB\)",
        ),
        ({"image_shape": (24,)}, "Expected image_shape as"),
        ({"image_shape": (0, 32, 3)}, "Expected image_shape as"),
        ({"overlap": 1.5}, "'overlap' parameter"),
    ],
)
def test_errors_name_what_was_expected(params, message):
    with pytest.raises(ValueError, match=message):
        make_blood_cells(**params)


@given(
    weights=st.lists(st.floats(0, 1e300), min_size=4, max_size=4).filter(lambda w: max(w) > 0),
    n_samples=st.integers(4, 5000),
)
def test_counts_are_exact_for_any_weights(weights, n_samples):
    shares = _check_weights(weights)
    counts = _class_counts(n_samples, shares)
    assert counts.sum() == n_samples
    assert ((counts > 0) == (shares > 0)).all()
    if (n_samples * shares[shares > 0] >= 1).all():  # no class had to be given its one image
        assert (np.abs(counts - n_samples * shares) < 1).all()


@example(height=31, width=1, channels=1, seed=227)  # a box that rounding put outside the frame
@settings(max_examples=20, deadline=None)  # drawing takes milliseconds; the first call imports
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**31 - 2),
)
def test_any_image_shape_can_be_drawn(height, width, channels, seed):
    shape = (height, width, channels)
    cells = make_blood_cells(4, weights=(1, 1, 1, 1), image_shape=shape, random_state=seed)
    assert cells.images.shape == (4, *shape)
    assert sorted(cells.target) == [0, 1, 2, 3]
    assert (cells.boxes[:, :2] < cells.boxes[:, 2:]).all()
    assert (cells.boxes >= 0).all()
    assert (cells.boxes <= (width, height, width, height)).all()
