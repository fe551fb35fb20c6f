"""Write the saved estimators of this folder, which every later version has to load.

python tests/data/make_saved_estimators.py SET

Run it once for each new set, never for an old one: what is here stays as it was written. Beside
each file, what its estimator says of `images.npy` is kept as an array.
"""

import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import skwbc
from skwbc.datasets import make_blood_cells
from skwbc.metrics import PixelFeatures
from skwbc.networks._white_balance import WhiteBalance

SMALL = {"epochs": 1, "random_state": 0, "dtype": "float32"}
SMALL_GAN = {"max_images": 16, "latent_dim": 3, "dtype": "float32", "random_state": 0}


def make_first(folder):
    """Train, save, and keep the answers: estimators of every kind."""
    cells = make_blood_cells(24, image_shape=(32, 32, 3), random_state=0)
    names = cells.target_names[cells.target]
    images = skwbc.CellCropper((16, 16)).fit_transform(cells.images)
    shared = skwbc.GANOverSampler(
        sampling_strategy={names[0]: 12},
        batch_size=4,
        generator_filters=(4,),
        discriminator_filters=(4,),
        min_class_size=2,
        max_distance=None,
        **SMALL_GAN,
    )
    vanilla = skwbc.VanillaGANOverSampler(
        sampling_strategy={names[0]: 12},
        generator_filters=(4, 4),
        discriminator_filters=(4, 4),
        **SMALL_GAN,
    )
    estimators = {
        "CNNClassifier": skwbc.CNNClassifier(filters=(4,), dense_units=4, **SMALL),
        "CNNRNNClassifier": skwbc.CNNRNNClassifier(
            filters=(4,), lstm_units=3, dense_units=4, **SMALL
        ),
        "CompactCNNClassifier": skwbc.CompactCNNClassifier(filters=(4, 4), **SMALL),
        "Pipeline": skwbc.make_pipeline(
            skwbc.StainNormalizer(), skwbc.CNNClassifier(filters=(4,), dense_units=4, **SMALL)
        ),
        "PixelFeatures": PixelFeatures(n_components=3, random_state=0),
        "CellCropper": skwbc.CellCropper((8, 8)),
        "steps": skwbc.make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
    }
    np.save(folder / "images.npy", images)
    for name, estimator in estimators.items():
        rows = images.reshape(len(images), -1) if name == "steps" else images
        keep(folder / name, estimator.fit(rows, names), rows)
    for name, sampler in {"GANOverSampler": shared, "VanillaGANOverSampler": vanilla}.items():
        sampler.fit_resample(images, names)
        keep(folder / name, sampler, images)


def make_layers(folder):
    """Train, save, and keep the answers: layers of our own, which have constants."""
    cells = make_blood_cells(24, image_shape=(64, 64, 3), random_state=0)
    names = cells.target_names[cells.target]
    asked = cells.images[:6].copy()
    # as dark and as plain as the limits of the layers are for
    asked[3] //= 128
    asked[4] = (asked[4] - asked[4].min()) // 40
    asked[5] = 128 + asked[5] // 128
    np.save(folder / "images.npy", asked)
    # what hardly learned anything would say the same of all images
    longer = {"epochs": 60, "batch_size": 8, "learning_rate": 0.01, "validation_fraction": 0}
    longer = SMALL | longer | {"augmentation": None, "label_smoothing": 0}
    views = skwbc.CompactCNNClassifier(filters=(4, 4), **longer)
    keep(folder / "views", views.fit(cells.images, names), asked)
    older = skwbc.CompactCNNClassifier(filters=(4, 4), view="colour", **longer)
    balanced = {"colour": {"colour": WhiteBalance}}  # as it was before there were views
    with patch.dict("skwbc._compact_cnn_classifier.VIEWS", balanced):
        keep(folder / "white_balance", older.fit(cells.images, names), asked)
    sampler = skwbc.GANOverSampler(
        sampling_strategy={names[0]: 12},
        batch_size=4,
        generator_filters=(8, 4),
        discriminator_filters=(4, 4),
        min_class_size=2,
        validation_fraction=0,
        copy_quantile=0,
        min_diversity=0,
        max_distance=None,
        **SMALL_GAN,
    )
    sampler.fit_resample(skwbc.CellCropper((16, 16)).fit_transform(cells.images), names)
    assert not sampler.fallback_, "another source than the generator would draw"
    keep(folder / "generator", sampler, asked)


def keep(path, estimator, rows):
    """Save an estimator and its answer."""
    skwbc.save(estimator, f"{path}.skwbc")
    np.save(f"{path}.npy", ask(estimator, rows))


def ask(estimator, rows):
    """Give probabilities, features, crops, or images drawn."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(rows)
    if hasattr(estimator, "sample"):
        return estimator.sample(3, estimator.classes_[0], random_state=0)
    return estimator.transform(rows)


SETS = {"format_1": make_first, "format_1_layers": make_layers}

if __name__ == "__main__":
    folder = Path(__file__).parent / sys.argv[1]
    make = SETS[folder.name]
    folder.mkdir()
    make(folder)
