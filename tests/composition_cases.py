"""Forms of X and y, and small classifiers for them, for the tests of composition."""

import numpy as np
import pandas as pd
from noise_images import make_images

from skwbc import CNNClassifier, CNNRNNClassifier

SMALL = {
    "filters": (4,),
    "dense_units": 8,
    "epochs": 1,
    "batch_size": 8,
    "validation_fraction": 0,
    "dtype": "float32",
    "image_shape": (8, 8, 3),
    "random_state": 0,
}
# Settings with which the small CNN tells two classes of 24 images apart.
LEARNING = {"epochs": 3, "learning_rate": 0.03, "dropout": 0, "dense_dropout": 0, "random_state": 1}


def make_case(form, labels, n_classes, n=24):
    """Give 8x8x3 images and their classes, of which the numbers of images are equal.

    Parameters
    ----------
    form : {"flat", "4-D", "frame"}
        A frame has names of columns, and its index does not begin at 0; y is then a Series.
    labels : {"int", "str"}
        The strings do not sort like the integers.
    n_classes : int
        At most 4.
    n : int
        Images.
    """
    images, y = make_images(n, n_classes=n_classes)
    if labels == "str":
        y = np.array(["neutrophil", "basophil", "monocyte", "eosinophil"])[y]
    if form == "4-D":
        return images, y
    flat = images.reshape(n, -1)
    if form == "flat":
        return flat, y
    index = range(100, 100 + n)
    columns = [f"pixel{i}" for i in range(flat.shape[1])]
    return pd.DataFrame(flat, index, columns), pd.Series(y, index, name="cell")


def make_cnn(**params):
    return CNNClassifier(**{**SMALL, **params})


def make_rnn(**params):
    return CNNRNNClassifier(**{**SMALL, "lstm_units": 3, **params})
