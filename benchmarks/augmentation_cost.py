"""Time a training step of the network for crops with each augmentation; write a table.

python benchmarks/augmentation_cost.py

The kinds take turns, step by step, so that whatever else the machine does hits all of them.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from classifier_page import COSTS

from skwbc import CompactCNNClassifier

N_ROUNDS, N_STEPS = 15, 4  # each kind takes so many steps, so many times
BATCH_SIZE = 32
SHAPE = (64, 64, 3)
KINDS = {name: name for name in ("traditional", "cells", "laboratories")}
KINDS = {"none": None, **KINDS, "turned by Keras": "layers"}


def main():
    """Time all kinds and write the table."""
    steps = {name: make_step(augmentation) for name, augmentation in KINDS.items()}
    times = {name: [] for name in steps}
    for step in steps.values():
        step()  # traced
    for _ in range(N_ROUNDS):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(N_STEPS):
                step()
            times[name].append((time.perf_counter() - start) / N_STEPS)
    rows = []
    for name, seconds in times.items():
        ratios = np.array(seconds) / np.array(times["none"])
        rows.append(
            {
                "augmentation": name,
                "ms a step": round(1000 * float(np.median(seconds)), 1),
                "longer than without (%)": round(100 * (float(np.median(ratios)) - 1), 1),
            }
        )
    table = pd.DataFrame(rows)
    table.to_csv(COSTS, index=False)
    print(table.to_string(index=False))


def make_step(augmentation):
    """Give a function that trains for one step, as a fit of the classifier does."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH_SIZE, *SHAPE), dtype=np.uint8)
    codes = np.arange(BATCH_SIZE) % 4
    if augmentation == "layers":
        augmentation = keras.Sequential(
            [keras.layers.RandomFlip(), keras.layers.RandomRotation(0.25, fill_mode="reflect")]
        )
    steps = StepCatcher()
    CompactCNNClassifier(
        augmentation=augmentation,
        epochs=1,
        validation_fraction=0,
        tta=False,
        callbacks=[steps],
        random_state=0,
    ).fit(images, codes)
    batch = images.astype(np.float32), codes
    steps.trained.make_train_function()
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    return lambda: steps.trained.train_function(batches)


class StepCatcher(keras.callbacks.Callback):
    """Keeps the model that is trained in `trained`: `model` is taken away behind the fit."""

    def on_train_begin(self, logs=None):
        self.trained = self.model


if __name__ == "__main__":
    main()
