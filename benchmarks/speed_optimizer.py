"""What a training takes with the Adam of skwbc and with that of Keras."""

from itertools import product

import speed_gan
from speed_onednn import CASES, train
from speed_trial import read_peak_memory

TITLE = "The optimiser"
ABOUT = f"""
Keras composes a step of Adam of a dozen operations, each a pass over all weights; skwbc has
TensorFlow do it in one. The same trainings with both: epochs of the classifiers behind the first,
as above. (`python -m benchmarks optimizer` also runs stretches of {speed_gan.N_STEPS} steps of the
GAN.) Steps are the same but for rounding. Trials of commit d5e92db are of the machine of the
section on oneDNN.
"""
REFERENCE, COMPOSED = "skwbc", "Keras' Adam"
N_REPEATS = 3
TRIALS = [*product(CASES, [REFERENCE, COMPOSED])]


def run(case, arm):
    """Train; give "images a second" and the peak."""
    if arm == COMPOSED:
        compose_steps()
    return {"images a second": train(case), "peak memory (MB)": read_peak_memory()}


def compose_steps():
    """Take steps as Keras does."""
    import keras

    from skwbc._optimizers import FusedAdam

    FusedAdam.update_step = keras.optimizers.Adam.update_step
