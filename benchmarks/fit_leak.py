"""Measure how a process grows by one fit after the other; print its memory and the slope.

python benchmarks/fit_leak.py

A process of its own for each kind of work does it 50 times, each time with a new estimator, and
tells its memory after each. The slope is that of a straight line through all but the first five.
"Keras alone" builds, compiles and fits the same network as `CNNClassifier` without skwbc: what that
loop grows by is not ours. "embed" asks one fitted classifier again and again.
"""

import argparse
import gc
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from peak_memory import ask_child, read_status
from speed_trial import choose_as_usual

SHAPE = (16, 16, 3)
N_IMAGES = 48
N_WARM = 5
NETWORK = {"filters": (8, 8), "dense_units": 16}


def main():
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n-fits", type=int, default=50, help="default 50")
    parser.add_argument("--works", nargs="*", default=list(WORKS), choices=WORKS)
    parser.add_argument("--collect", action="store_true", help="gc.collect() after each fit")
    parser.add_argument("--trim", action="store_true", help="malloc_trim(0) before each reading")
    parser.add_argument("--curve", action="store_true", help="print each reading")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(json.dumps(measure(**json.loads(arguments.child))))
    print("work | MB after the 5th fit | MB after the last | MB a fit")
    settings = {"n_fits": arguments.n_fits, "collect": arguments.collect, "trim": arguments.trim}
    for work in arguments.works:
        memory = ask_child(__file__, work=work, **settings)
        first, last, slope = memory[N_WARM - 1], memory[-1], find_slope(memory)
        print(f"{work} | {first:.0f} | {last:.0f} | {slope:.2f}", flush=True)
        if arguments.curve:
            print(" ".join(f"{each:.0f}" for each in memory), flush=True)


def find_slope(memory):
    """Give the slope of a straight line through the memory after each fit but the first ones."""
    late = memory[N_WARM:]
    return float(np.polyfit(np.arange(len(late)), late, 1)[0])


def measure(work, n_fits, collect, trim):
    """Work so many times, and give the memory after each, in MB."""
    images = np.random.default_rng(0).integers(0, 256, (N_IMAGES, *SHAPE), dtype=np.uint8)
    run, memory = WORKS[work](), []
    for _ in range(n_fits):
        run(images, np.arange(N_IMAGES) % 3 // 2)
        if collect:
            gc.collect()
        if trim:
            trim_heap()
        memory.append(read_status("VmRSS"))
    return memory


def trim_heap():
    """Let glibc give freed memory back to the system: what stays then is in use, or in pieces."""
    import ctypes

    ctypes.CDLL("libc.so.6").malloc_trim(0)


def fit_cnn():
    """Fit the published network, small."""
    from skwbc import CNNClassifier

    settings = {**NETWORK, "epochs": 1, "dtype": "float32", "random_state": 0}
    return lambda X, y: CNNClassifier(**settings).fit(X, y).predict(X)


def fit_compact():
    """Fit the network for crops, small."""
    from skwbc import CompactCNNClassifier

    settings = {"filters": (8, 16), "epochs": 1, "dtype": "float32", "random_state": 0}
    return lambda X, y: CompactCNNClassifier(**settings).fit(X, y).predict(X)


def fit_gan():
    """Fit the shared GAN for two steps."""
    from skwbc import GANOverSampler

    settings = {
        "max_images": 32,
        "generator_filters": (16, 8),
        "discriminator_filters": (8, 16),
        "copy_quantile": 0,
        "min_diversity": 0,
        "max_distance": None,
        "dtype": "float32",
        "random_state": 0,
    }
    return lambda X, y: GANOverSampler(**settings).fit_resample(X, y)


def fit_keras():
    """Fit the network of `fit_cnn` by Keras alone."""
    choose_as_usual()
    import keras

    from skwbc.networks._cnn import build_cnn

    def run(X, y):
        pixels = keras.Input(SHAPE)
        scaled = keras.layers.Rescaling(1 / 255)(pixels)
        network = keras.Model(pixels, build_cnn(SHAPE, 2, **NETWORK)(scaled))
        network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        network.fit(X[8:], y[8:], validation_data=(X[:8], y[:8]), epochs=1, verbose=0)
        network.predict_on_batch(X)

    return run


def embed():
    """Ask one classifier for embeddings."""
    from skwbc import CNNClassifier

    fitted = []

    def run(X, y):
        if not fitted:
            fitted.append(CNNClassifier(**NETWORK, epochs=1).fit(X, y))
        fitted[0].embed(X)

    return run


WORKS = {
    "CNNClassifier": fit_cnn,
    "CompactCNNClassifier": fit_compact,
    "GANOverSampler": fit_gan,
    "Keras alone": fit_keras,
    "embed": embed,
}

if __name__ == "__main__":
    main()
