import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler, CNNClassifier, make_pipeline
from skwbc._ablation_siblings import (
    LEAST_CORRELATION,
    choose_image_shape,
    find_siblings,
    list_leaks,
    merge_groups,
)
from skwbc._ablation_splits import Split
from skwbc.datasets import make_blood_cells


@pytest.fixture(scope="module")
def images():
    return make_blood_cells(30, image_shape=(48, 64, 3), random_state=0).images


def find(images):
    return find_siblings(images.reshape(len(images), -1), images.shape[1:]).tolist()


def test_different_cells_are_no_siblings(images):
    assert find(images) == []


@pytest.mark.parametrize(
    "change",
    [
        np.copy,
        lambda image: image[:, ::-1],
        lambda image: image[::-1, ::-1],
        lambda image: image // 2 + 60,
        lambda image: np.rint(image / 16) * 16,
    ],
)
def test_changed_copies_are_siblings(images, change):
    copies = images.copy()
    copies[[20, 21]] = change(images[3]), change(images[8])
    assert find(copies) == [[3, 20], [8, 21]]


def test_quarter_turns_of_square_images(images):
    square = images[:, :, 8:56].copy()
    square[20] = np.rot90(square[3])
    assert find(square) == [[3, 20]]


@pytest.mark.parametrize("size", [(32, 32), (24, 32)])
def test_what_all_images_share_makes_no_siblings(size):
    rows, columns = np.indices(size)
    disc = np.hypot(rows - size[0] / 2, columns - size[1] / 2) < 9
    grain = np.random.default_rng(0).normal(0, 30, (40, *size))
    cells = np.clip(220 - 150 * disc + grain, 0, 255).astype(np.uint8)[..., None]
    blocks = cells.reshape(40, size[0] // 2, 2, size[1] // 2, 2).mean(axis=(2, 4))
    correlations = np.corrcoef(blocks.reshape(40, -1))
    assert np.mean(correlations > LEAST_CORRELATION) > 0.5  # by the disc alone
    assert find(cells) == []
    cells[20], cells[30] = cells[3][::-1] // 2 + 60, cells[8]
    assert find(cells) == [[3, 20], [8, 30]]


@pytest.mark.parametrize("image", [np.full((8, 8, 1), 9), np.eye(8)[..., None], np.arange(64)])
def test_images_that_are_all_the_same_are_siblings(image):
    same = np.tile(np.reshape(image, (1, 8, 8, 1)), (3, 1, 1, 1)).astype(np.uint8)
    assert find(same) == [[0, 1], [0, 2], [1, 2]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_any_dtype(images, dtype):
    copies = images.copy()
    copies[20] = copies[3]
    assert find(copies.astype(dtype)) == [[3, 20]]


def test_many_images_are_looked_at_in_blocks():
    noise = np.random.default_rng(0).integers(0, 256, (600, 8, 8, 1), dtype=np.uint8)
    noise[[299, 599]] = noise[[10, 10]]
    assert find(noise) == [[10, 299], [10, 599], [299, 599]]


@pytest.mark.parametrize("scale", [1e-5, 1e5])
def test_the_scale_of_values_does_not_count(scale):
    noise = np.random.default_rng(0).random((20, 16, 16, 1)) * scale
    noise[7] = noise[3]
    assert find(noise) == [[3, 7]]


def test_empty_images_are_alike(images):
    copies = images.copy()
    copies[20], copies[3] = 7, 200
    assert find(copies) == [[3, 20]]


@pytest.mark.parametrize("image_shape", [(1, 20, 1), None])
def test_rows_of_a_table_are_siblings_if_equal(image_shape):
    table = np.arange(80.0).reshape(4, 20)
    assert find_siblings(table, image_shape).shape == (0, 2)
    table[3] = table[1]
    assert find_siblings(table, image_shape).tolist() == [[1, 3]]


@pytest.mark.parametrize(
    ("model", "arm", "expected"),
    [
        (CNNClassifier(image_shape=(4, 8, 1)), {}, (4, 8, 1)),
        (make_pipeline(CNNClassifier(image_shape=(4, 8))), {}, (4, 8, 1)),
        (CNNClassifier(), {"sampler": AugmentationOverSampler(image_shape=(8, 4))}, (8, 4, 1)),
        (CNNClassifier(), {"image_shape": (8, 4)}, (8, 4, 1)),
        (CNNClassifier(image_shape=(9, 9)), {"image_shape": (8, 4)}, (8, 4, 1)),
        (CNNClassifier(), {}, None),
    ],
)
def test_the_shape_of_flat_images_is_that_of_a_part(model, arm, expected):
    assert choose_image_shape(np.ones((5, 32)), {"model": model}, {"arm": arm}) == expected
    assert choose_image_shape(np.ones((5, 6, 7)), {"model": model}, {"arm": arm}) == (6, 7, 1)


@pytest.mark.parametrize("is_shape_known", [True, False])
def test_a_study_of_flat_images(is_shape_known):
    X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    X[30], X[20] = X[0, ::-1], X[1]
    sampler = AugmentationOverSampler(image_shape=(8, 8) if is_shape_known else None)
    arms = {"alone": {}, "copies": {"sampler": sampler if is_shape_known else None}}
    study = AblationStudy({"dummy": DummyClassifier()}, arms, cv=[(range(20, 40), range(20))])
    told = "2 pairs of images are" if is_shape_known else "1 pair of images is"
    with pytest.warns(UserWarning, match=f"{told} nearly the same"):
        study.fit(X.reshape(40, -1), [0, 1] * 20)
    assert len(np.unique(study.groups_)) == (38 if is_shape_known else 39)
    assert study.image_shape_ == ((8, 8, 1) if is_shape_known else None)
    assert study.real_[0].shape[1:] == ((8, 8, 1) if is_shape_known else (1, 64, 1))
    is_told = any("Near-duplicates could not be looked for" in text for text in study.limits())
    assert is_told != is_shape_known


def test_groups_are_merged_through_others():
    groups = np.array([5, 5, 9, 7, 3])
    merged = merge_groups(groups, np.array([[1, 2], [2, 3]]))
    assert merged[0] == merged[1] == merged[2] == merged[3] != merged[4]
    assert_array_equal(merge_groups(groups, np.empty((0, 2), int)), [1, 1, 3, 2, 0])


def test_only_pairs_across_a_border_leak():
    pairs = np.array([[0, 1], [2, 3], [4, 5]])
    whole = Split(0, 0, np.array([2, 3]), np.array([4, 5]), np.array([0, 1]))
    torn = Split(1, 0, np.array([0, 2]), np.array([1, 4]), np.array([3]))
    assert list_leaks(pairs, [whole]).tolist() == []
    assert list_leaks(pairs, [whole, torn]).tolist() == [[2, 3]]
    unused = Split(2, 0, np.array([2, 3]), np.array([4, 5]), np.array([0]))  # 1 is in no part
    assert list_leaks(pairs, [unused]).tolist() == []


@pytest.mark.parametrize("shape", [(28, 28, 1), (50, 50, 1), (45, 60, 1), (90, 90, 1), (17, 40, 1)])
@pytest.mark.parametrize("change", [np.fliplr, np.flipud, lambda image: image[::-1, ::-1]])
def test_flipped_copies_of_any_size(shape, change):
    noise = np.random.default_rng(0).integers(0, 256, (6, *shape), dtype=np.uint8)
    images = np.concatenate([noise, [change(image) for image in noise]])
    pairs = find_siblings(images.reshape(12, -1), shape)
    assert pairs.tolist() == [[i, i + 6] for i in range(6)]
