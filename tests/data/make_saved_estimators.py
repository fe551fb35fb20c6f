"""Write the saved estimators of this folder, which every later version has to load.

python tests/data/make_saved_estimators.py

Run it once for each new format version, never for an old one: what is here stays as it was
written. Beside each file, what its estimator says of `images.npy` is kept as an array.
"""

from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import skwbc
from skwbc.datasets import make_blood_cells
from skwbc.metrics import PixelFeatures

FOLDER = Path(__file__).parent / "format_1"
SMALL = {"epochs": 1, "random_state": 0, "dtype": "float32"}


def main():
    """Train, save, and keep the answers."""
    FOLDER.mkdir()
    cells = make_blood_cells(24, image_shape=(32, 32, 3), random_state=0)
    names = cells.target_names[cells.target]
    images = skwbc.CellCropper((16, 16)).fit_transform(cells.images)
    shared = skwbc.GANOverSampler(
        sampling_strategy={names[0]: 12},
        max_images=16,
        batch_size=4,
        latent_dim=3,
        generator_filters=(4,),
        discriminator_filters=(4,),
        min_class_size=2,
        max_distance=None,
        dtype="float32",
        random_state=0,
    )
    vanilla = skwbc.VanillaGANOverSampler(
        sampling_strategy={names[0]: 12},
        max_images=16,
        latent_dim=3,
        generator_filters=(4, 4),
        discriminator_filters=(4, 4),
        dtype="float32",
        random_state=0,
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
    np.save(FOLDER / "images.npy", images)
    for name, estimator in estimators.items():
        rows = images.reshape(len(images), -1) if name == "steps" else images
        keep(name, estimator.fit(rows, names), rows)
    for name, sampler in {"GANOverSampler": shared, "VanillaGANOverSampler": vanilla}.items():
        sampler.fit_resample(images, names)
        keep(name, sampler, images)


def keep(name, estimator, rows):
    """Save an estimator and its answer."""
    skwbc.save(estimator, FOLDER / f"{name}.skwbc")
    np.save(FOLDER / f"{name}.npy", ask(estimator, rows))


def ask(estimator, rows):
    """Give probabilities, features, crops, or images drawn."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(rows)
    if hasattr(estimator, "sample"):
        return estimator.sample(3, estimator.classes_[0], random_state=0)
    return estimator.transform(rows)


if __name__ == "__main__":
    main()
