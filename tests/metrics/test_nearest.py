import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.metrics import (
    authenticity,
    diversity,
    near_copies,
    nearest_distances,
    nearest_real_ratio,
)
from skwbc.metrics._pair_distances import iterate_squared_distances, measure_pairs
from skwbc.metrics._sketch import sketch_images

SQUARE, OBLONG = (5, 5, 3), (4, 6, 3)
DTYPES = ["uint8", "uint16", "int32", "float32", "float64"]


def draw(n, shape=SQUARE, dtype="uint8", seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape)).astype(dtype)


def turn_by_hand(image):
    poses = [image, image[::-1], image[:, ::-1], image[::-1, ::-1]]
    if image.shape[0] == image.shape[1]:
        poses += [np.swapaxes(pose, 0, 1) for pose in poses]
    return poses


def measure_all(queries, references):
    """Distances of all pairs of images, one by one."""
    return np.array(
        [
            [min(np.linalg.norm(q - pose) for pose in turn_by_hand(r)) for r in references]
            for q in queries.astype(float)
        ]
    )


def test_by_hand():
    distances, indices = nearest_distances([[0.0, 0.0], [6.0, 8.0]], [[3.0, 4.0], [6.0, 7.0]])
    assert_array_equal(distances, [5, 1])
    assert_array_equal(indices, [0, 1])


def test_row_is_left_out_of_its_own_search():
    distances, indices = nearest_distances([[0.0], [1.0], [5.0], [5.0]])
    assert_array_equal(distances, [1, 1, 0, 0])
    assert_array_equal(indices, [1, 0, 3, 2])


@pytest.mark.parametrize("shape", [SQUARE, OBLONG, (3, 3, 1), (2, 3, 1)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_loops_over_poses_give_the_same(shape, dtype):
    queries, references = draw(7, shape, dtype), draw(9, shape, dtype, seed=1)
    expected = measure_all(queries, references)
    distances, indices = nearest_distances(queries, references)
    assert distances.dtype == "float64"
    assert_allclose(distances, expected.min(axis=1), rtol=1e-6)
    assert_array_equal(indices, expected.argmin(axis=1))


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
def test_poses_of_a_row_are_left_out_with_it(shape):
    images = draw(8, shape)
    images[0] = images[0, ::-1, ::-1]
    images[1] = np.maximum(images[1], images[1, ::-1])  # is its own mirror image
    expected = measure_all(images, images)
    np.fill_diagonal(expected, np.inf)
    distances, indices = nearest_distances(images)
    assert_allclose(distances, expected.min(axis=1))
    assert_array_equal(indices, expected.argmin(axis=1))
    assert distances.min() > 0


@pytest.mark.parametrize("pose", range(8))
def test_turned_copy_is_a_copy(pose):
    images = draw(6)
    copies = np.stack([turn_by_hand(image)[pose] for image in images])
    distances, indices = nearest_distances(copies, images)
    assert_array_equal(distances, 0)
    assert_array_equal(indices, range(6))
    flat, _ = nearest_distances(copies.reshape(6, -1), images.reshape(6, -1))
    assert flat.min() > 0 or pose == 0


def test_quarter_turn_is_no_pose_of_an_oblong_image():
    image = np.arange(8.0).reshape(1, 2, 4)
    distances, _ = nearest_distances(image.transpose(0, 2, 1).reshape(1, 2, 4), image)
    assert distances[0] > 0


@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 2, 3)])
def test_line_is_not_turned(shape):
    rows = np.arange(6.0).reshape(1, 6)
    distances, _ = nearest_distances(rows, rows[:, ::-1], image_shape=shape)
    assert_allclose(distances, np.linalg.norm(rows - rows[:, ::-1]))


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
def test_flat_and_not_are_the_same(shape):
    queries, references = draw(5, shape), draw(6, shape, seed=1)
    flat_queries, flat_references = queries.reshape(5, -1), references.reshape(6, -1)
    expected = nearest_distances(queries, references)
    for pair in [(flat_queries, references), (queries, flat_references)]:
        assert_array_equal(nearest_distances(*pair), expected)
    flat = nearest_distances(flat_queries, flat_references, image_shape=shape)
    assert_array_equal(flat, expected)


def test_blocks_are_no_matter(monkeypatch):
    queries, references = draw(20), draw(11, seed=1)
    among, between = nearest_distances(queries), nearest_distances(queries, references)
    monkeypatch.setattr("skwbc.metrics._pair_distances._BLOCK_ROWS", 3)
    assert_array_equal(nearest_distances(queries), among)
    assert_array_equal(nearest_distances(queries, references), between)


def draw_photos(n, shape, seed=0):
    """Bright windows with a dark spot each, that averages of blocks tell apart."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape[:2])
    centres = rng.uniform(0, min(shape[:2]), (2, n, 1, 1))
    spots = np.exp(-((rows - centres[0]) ** 2 + (columns - centres[1]) ** 2) / 8)
    return (240 - 200 * spots[..., None] + rng.normal(0, 3, (n, *shape))).astype("uint8")


OF_ONE_BLOCK = [(4, 8, 3), (8, 4, 3), (2, 10, 3)]  # one side is that of a block


@pytest.mark.parametrize("shape", OF_ONE_BLOCK)
def test_mirrored_copies_are_found_where_a_block_is_a_whole_side(shape):
    photos = draw_photos(40, shape)
    for copies in (photos[:9, ::-1], photos[:9, :, ::-1], photos[:9, ::-1, ::-1]):
        distances, indices = nearest_distances(copies, photos)
        assert_array_equal(distances, 0)
        assert_array_equal(indices, range(9))


@pytest.mark.parametrize("shape", [(8, 8, 3), (8, 12, 3), (6, 6, 1), (6, 10, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("crowded", [0, 0.1, 1])
def test_search_by_sketches_misses_nothing(shape, dtype, crowded, monkeypatch):
    monkeypatch.setattr("skwbc.metrics._nearest._CROWDED", crowded)
    monkeypatch.setattr("skwbc.metrics._nearest._N_MEASURED", 3)
    photos, noise = draw_photos(40, shape), draw(20, shape)
    queries = np.concatenate([draw_photos(10, shape, 1), photos[:3, ::-1], noise]).astype(dtype)
    references = np.concatenate([photos, draw(20, shape, seed=1)]).astype(dtype)
    expected = measure_all(queries, references)
    distances, indices = nearest_distances(queries, references)
    assert_allclose(distances, expected.min(axis=1), rtol=1e-6)
    assert_array_equal(indices, expected.argmin(axis=1))
    among = measure_all(references, references)
    np.fill_diagonal(among, np.inf)
    assert_allclose(nearest_distances(references)[0], among.min(axis=1), rtol=1e-6)


def test_most_photos_are_not_measured(monkeypatch):
    measured = []
    monkeypatch.setattr(
        "skwbc.metrics._nearest.measure_pairs",
        lambda X, Y, poses: [measured.append(len(X)), measure_pairs(X, Y, poses)][1],
    )
    monkeypatch.setattr("skwbc.metrics._nearest._N_MEASURED", 1)
    nearest_distances(draw_photos(20, (16, 16, 3), 1), draw_photos(200, (16, 16, 3)))
    assert sum(measured) < 20 * 20


@pytest.mark.parametrize("shape", [(8, 8, 3), (4, 12, 1), (6, 10, 3), (5, 8, 2), *OF_ONE_BLOCK])
def test_sketches_lie_no_farther_apart(shape):
    images = np.concatenate([draw_photos(9, shape), draw(9, shape)])
    images = np.concatenate([images, images[:, ::-1], images[:, :, ::-1]]).reshape(54, -1)
    sketches, poses = sketch_images(images, shape)
    limits = measure_all(images.reshape(-1, *shape), images.reshape(-1, *shape))
    for row, limit in zip(sketches.astype(float), limits, strict=True):
        bounds = [np.linalg.norm(sketches[:, pose] - row, axis=1) for pose in poses]
        assert (np.min(bounds, axis=0) <= limit * (1 + 1e-6) + 1e-3).all()


def test_sketch_is_short_where_blocks_fit():
    assert sketch_images(draw(2, (8, 12, 3)).reshape(2, -1), (8, 12, 3))[0].shape == (2, 19)
    assert sketch_images(draw(2, (6, 10, 3)).reshape(2, -1), (6, 10, 3))[0].shape == (2, 46)
    images = draw(2, (5, 8, 3)).reshape(2, -1)
    assert sketch_images(images, (5, 8, 3))[0] is images


def test_large_images_come_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr("skwbc.metrics._pair_distances._BLOCK_VALUES", 4 * 75)
    images = draw(10).reshape(10, 75)
    blocks = list(iterate_squared_distances(images, images, [np.arange(75)]))
    assert [len(squared) for _, squared in blocks] == [4, 4, 2]
    assert {squared.dtype.name for _, squared in blocks} == {"float32"}


def test_copy_among_bright_images_is_exact():
    """The squares of these, in float32, would swallow the difference: hence the centre."""
    bright = np.full((3, 40, 40, 3), 250, dtype="uint8")
    bright[[1, 2], 0, [0, 1], 0] = 251
    distances, indices = nearest_distances(bright, bright)
    assert_array_equal(distances, 0)
    assert_array_equal(indices, [0, 1, 2])
    distances, _ = nearest_distances(bright)
    assert_array_equal(distances, 1)


@given(
    rows=arrays(
        "int64", array_shapes(min_dims=2, max_dims=2, min_side=2), elements=st.integers(-9, 9)
    ),
    offset=st.integers(-1000, 1000),
)
def test_shifted_and_shuffled_rows_are_as_far_apart(rows, offset):
    distances, indices = nearest_distances(rows)
    assert_allclose(distances, np.linalg.norm(rows - rows[indices], axis=1))
    shifted, _ = nearest_distances(rows[::-1] + offset)
    assert_allclose(shifted, distances[::-1])


def test_shapes_must_match():
    with pytest.raises(ValueError, match=r"Expected images of shape \(5, 5, 3\).*\(4, 6, 3\)"):
        nearest_distances(draw(2), draw(2, OBLONG))
    with pytest.raises(ValueError, match=r"Expected images of shape \(2, 2, 1\).*6 values"):
        nearest_distances(np.zeros((2, 6)), image_shape=(2, 2))


def test_one_row_has_no_other():
    with pytest.raises(ValueError, match="minimum of 2"):
        nearest_distances(draw(1))
    assert nearest_distances(draw(1), draw(1))[0] == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_bytes_and_fractions_are_not_compared(dtype):
    images = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 1)).astype(dtype)
    metrics = (near_copies, nearest_real_ratio, authenticity, diversity)
    for scaled in (images / 255, (images / 127.5 - 1).astype(np.float32)):
        for pair in ((images, scaled), (scaled, images)):
            for metric in metrics:
                with pytest.raises(ValueError, match="Expected images of one scale"):
                    metric(*pair)
    assert near_copies(images, images.astype(float)).all()
    assert not near_copies(images, np.zeros((1, 4, 4, 1))).any()  # black in any dtype
