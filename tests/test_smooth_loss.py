import keras
import numpy as np

from skwbc._smooth_loss import SmoothCrossentropy


def test_a_description_builds_it_again():
    loss = SmoothCrossentropy(0.25, "float32")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.name, again.dtype) == (loss.name, loss.dtype)
    codes, probabilities = np.array([0, 1]), np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    # by hand: a quarter of the target is spread over both classes
    expected = -(np.log(0.5) + 0.875 * np.log(0.75) + 0.125 * np.log(0.25)) / 2
    np.testing.assert_allclose(again(codes, probabilities), expected, rtol=1e-6)
