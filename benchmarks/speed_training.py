"""Training speed: skwbc, plain scikeras, a loop by hand, and PyTorch, on the same networks.

Each arm trains on the same made-up images; seconds don't depend on what they show.
"""

import json
import subprocess
import time
from itertools import product

import numpy as np
from peer_arms import Peer, install_peer
from speed_trial import PEERS_FOLDER, choose_as_usual, read_peak_memory, time_epochs

BATCH_SIZE = 32
N_EPOCHS = 7  # the first, in which functions are traced, is left out
CASES = {  # class of skwbc, builder of its network, shape of the images
    "CNN": ("CNNClassifier", "_cnn.build_cnn", (60, 80, 3)),
    "CNN-RNN": ("CNNRNNClassifier", "_cnn_rnn.build_cnn_rnn", (60, 80, 3)),
    "compact CNN": ("CompactCNNClassifier", "_compact_cnn.build_compact_cnn", (64, 64, 3)),
}
N_IMAGES, N_CLASSES = 512, 4
ONE_NETWORK = {"CompactCNNClassifier": {"view": "plain"}}  # as the others train
LEARNING_RATE = 3e-4
REFERENCE = "skwbc"
N_REPEATS = 3
PYTORCH = Peer("torch_training", ("torch==2.13.0", "skorch==1.4.0"), timed=False)


def run(case, arm):
    """Train, in this process or that of a peer.

    Parameters
    ----------
    case, arm : str
        One of `TRIALS`.

    Returns
    -------
    dict of str to float
        "seconds an epoch", of the fastest, and "peak memory (MB)" of the process.
    """
    name, builder, shape = CASES[case]
    if arm in PEER_STYLES:
        return run_peer(case, shape, PEER_STYLES[arm])
    if arm not in (REFERENCE, SINGLE):
        choose_as_usual()
    train = {REFERENCE: train_skwbc, SINGLE: train_skwbc_single, SCIKERAS: train_scikeras}
    ends = train.get(arm, train_by_hand)(name, builder, *make_images(shape))
    return summarise(ends)


def make_images(shape):
    """Draw images and codes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (N_IMAGES, *shape), dtype=np.uint8)
    return images, np.arange(N_IMAGES) % N_CLASSES


def summarise(ends):
    """Turn the moments at which epochs ended into figures."""
    seconds = float(np.min(np.diff(ends)))
    return {
        "seconds an epoch": seconds,
        "images a second": N_IMAGES / seconds,
        "peak memory (MB)": read_peak_memory(),
    }


def train_skwbc(name, builder, images, codes, **settings):
    """Train as users do, without augmentation, which the others don't have."""
    import skwbc

    clock = time_epochs()
    classifier = getattr(skwbc, name)(
        epochs=N_EPOCHS,
        batch_size=BATCH_SIZE,
        validation_fraction=0,
        augmentation=None,
        callbacks=[clock],
        random_state=0,
        **ONE_NETWORK.get(name, {}),
        **settings,
    )
    classifier.fit(images, codes)
    return clock.ends


def train_skwbc_single(name, builder, images, codes):
    """Train in the arithmetic of the others."""
    return train_skwbc(name, builder, images, codes, dtype="float32")


def build_network(builder, shape, seed=0):
    """Build the network of a case in float32, of values from 0 to 1."""
    import importlib

    module, function = builder.split(".")
    build = getattr(importlib.import_module(f"skwbc.networks.{module}"), function)
    return build(shape, N_CLASSES, seed=seed)


def train_scikeras(name, builder, images, codes):
    """Train as the documentation of scikeras does."""
    import keras
    from scikeras.wrappers import KerasClassifier

    clock = time_epochs()
    classifier = KerasClassifier(
        model=lambda: build_network(builder, images.shape[1:]),
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        epochs=N_EPOCHS,
        batch_size=BATCH_SIZE,
        callbacks=[clock],
        verbose=0,
    )
    classifier.fit(images.astype(np.float32) / 255, codes)
    return clock.ends


def train_by_hand(name, builder, images, codes):
    """Train by a traced step and a dataset of TensorFlow."""
    import keras
    import tensorflow as tf

    network = build_network(builder, images.shape[1:])
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    measure = keras.losses.SparseCategoricalCrossentropy()

    @tf.function
    def step(batch, targets):
        with tf.GradientTape() as tape:
            loss = measure(targets, network(batch, training=True))
        optimizer.apply(
            tape.gradient(loss, network.trainable_variables), network.trainable_variables
        )
        return loss

    data = tf.data.Dataset.from_tensor_slices((images.astype(np.float32) / 255, codes))
    data = data.shuffle(N_IMAGES).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
    ends = []
    for _ in range(N_EPOCHS):
        for batch, targets in data:
            step(batch, targets)
        ends.append(time.perf_counter())
    return ends


def run_peer(case, shape, style):
    """Train in the environment of PyTorch."""
    task = {
        "case": case,
        "shape": shape,
        "style": style,
        "n_images": N_IMAGES,
        "n_classes": N_CLASSES,
        "n_epochs": N_EPOCHS,
        "batch_size": BATCH_SIZE,
        "learning_rate": LEARNING_RATE,
    }
    script = PEERS_FOLDER / "torch_training.py"
    command = [install_peer(PYTORCH), script, json.dumps(task)]
    told = json.loads(subprocess.check_output(command).splitlines()[-1])
    return summarise(told["ends"]) | {"peak memory (MB)": told["peak memory (MB)"]}


SINGLE, SCIKERAS, BY_HAND = "skwbc, float32", "scikeras", "Keras, by hand"
WRITTEN_WELL = "PyTorch, bfloat16"
PEER_STYLES = {WRITTEN_WELL: "written well", "skorch": "skorch"}
TRIALS = [*product(CASES, [REFERENCE, SINGLE, SCIKERAS, BY_HAND, *PEER_STYLES])]
TITLE = "Training a classifier"
ABOUT = f"""
{N_IMAGES} made-up images, batches of {BATCH_SIZE}, epochs behind the first. Plain scikeras and the
loop by hand have the same network in Keras' default, float32. PyTorch written well keeps channels
last and computes in bfloat16; skorch is used as its documentation does. The compact CNN is one
network here, `view="plain"` without augmentation. Seconds are those of the fastest of
{N_EPOCHS - 1} epochs: what slows others down is not the arm.
"""
