"""Measure how much memory a fit takes beside its images; print a table.

python benchmarks/fit_memory.py

Each figure is that of two processes, which make images of bytes, 64 x 64 x 3, and work on them: one
on few images, which costs what TensorFlow and the network do, and one on many. The difference of
their peaks, divided by that of the bytes of their images, is the ratio: 1.0 are the images
themselves, 2.0 would be a copy of all. A fit ends after a few steps, for more of them take time and
not memory. An over-sampler returns a new array of all images, original and synthetic: its bytes are
counted beside those of X.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from peak_memory import MEGABYTE, ask_child, read_status

SHAPE = (64, 64, 3)
PATCH = 8  # pixels
FEW = 4_000  # so that the part held out fills the batches of a prediction, and blocks are full
N_STEPS = 10
WORKS = [
    *(
        f"{name}.{method}"
        for name in ("CNNClassifier", "CNNRNNClassifier", "CompactCNNClassifier")
        for method in ("fit", "predict_proba")
    ),
    "GANOverSampler.fit_resample",
]


def main():
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n-images", type=int, default=40_000, help="images, default 40000")
    parser.add_argument(
        "--n-gan-images",
        type=int,
        default=20_000,
        help="images of the over-sampler, which searches for copies at length, default 20000",
    )
    parser.add_argument("--works", nargs="*", default=WORKS, choices=WORKS, help="default all")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(json.dumps(measure(**json.loads(arguments.child))))
    print("work | images | MB of few | MB of many | MB of the images | ratio | seconds")
    for work in arguments.works:
        n_images = arguments.n_gan_images if "GAN" in work else arguments.n_images
        found = compare(work, n_images)
        print(
            f"{work} | {n_images} | " + " | ".join(f"{v:.4g}" for v in found.values()), flush=True
        )


def compare(work, n_images):
    """Work on few images and on so many; give both peaks, and the ratio of the differences."""
    few, many = (ask_child(__file__, work=work, n_images=n) for n in (FEW, n_images))
    of_images = many["images"] - few["images"]
    return {
        "few": few["peak"],
        "many": many["peak"],
        "images": of_images,
        "ratio": (many["peak"] - few["peak"]) / of_images,
        "seconds": many["seconds"],
    }


def measure(work, n_images):
    """Work on so many images, and give the peak, the bytes of images in MB, and seconds."""
    import time

    import numpy as np

    import skwbc

    X = draw_patches(n_images)
    y = np.arange(n_images) % 4
    name, _, method = work.partition(".")
    start, of_result = time.perf_counter(), 0
    if method == "fit_resample":
        y[: n_images // 4 : 8] = 1  # a few to make
        settings = {"max_images": 64, "min_diversity": 0, "max_distance": None, "random_state": 0}
        of_result = skwbc.GANOverSampler(**settings).fit_resample(X, y)[0].nbytes
    else:
        classifier = build_classifier(getattr(skwbc, name))
        if method == "fit":
            classifier.fit(X, y)
        else:
            classifier.fit(X[:FEW], y[:FEW]).predict_proba(X)
    return {
        "peak": read_status("VmHWM"),
        "images": (X.nbytes + of_result) / MEGABYTE,
        "seconds": time.perf_counter() - start,
    }


def draw_patches(n_images):
    """Make images of random patches; among pixels of noise, to search for copies takes long.

    Returns
    -------
    ndarray of shape (n_images, 64, 64, 3), of uint8
    """
    import numpy as np

    height, width, n_channels = SHAPE
    shape = (n_images, height // PATCH, width // PATCH, n_channels)
    patches = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    images = np.empty((n_images, *SHAPE), dtype=np.uint8)
    by_patch = images.reshape(n_images, shape[1], PATCH, shape[2], PATCH, n_channels)
    by_patch[:] = patches[:, :, None, :, None]
    return images


def build_classifier(cls):
    """Make a classifier that is stopped after a few steps, and asks in one pose."""
    import keras

    class StopEarly(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch + 1 >= N_STEPS

    more = {"tta": False} if cls.__name__.startswith("Compact") else {}
    return cls(epochs=1, batch_size=32, callbacks=[StopEarly()], random_state=0, **more)


if __name__ == "__main__":
    main()
