"""What a training takes with oneDNN, and as TensorFlow chooses by itself."""

import resource
from itertools import product

import speed_gan
import speed_training
from speed_trial import choose_as_usual, read_peak_memory

TITLE = "oneDNN"
ABOUT = f"""
On Linux and x86, skwbc has TensorFlow compute with oneDNN; by itself TensorFlow does so on
processors with instructions for neural networks alone, where both arms are one. The same
trainings with both: epochs of the classifiers behind the first, as above, and stretches of
{speed_gan.N_STEPS} steps of the GAN, at their fastest. Seconds in the system, and page faults, are
those of the whole process. Trials of commit d5e92db are of a virtual machine without AVX-512 and
bfloat16, slower than that of the sections above.
"""
REFERENCE, USUAL = "skwbc", "TensorFlow's choice"
N_REPEATS = 3
GAN = "GAN, 64x64"
CASES = (*speed_training.CASES, GAN)
TRIALS = [*product(CASES, [REFERENCE, USUAL])]


def run(case, arm):
    """Train; give "images a second", what the process had of the system, and its peak."""
    if arm == USUAL:
        choose_as_usual()
    images_a_second = train(case)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "images a second": images_a_second,
        "seconds in the system": usage.ru_stime,
        "page faults": usage.ru_minflt,
        "peak memory (MB)": read_peak_memory(),
    }


def train(case):
    """Train a classifier or the GAN; give its images a second."""
    return train_gan() if case == GAN else train_classifier(case)


def train_classifier(name):
    """Train a classifier of skwbc; give the images a second of its fastest epoch."""
    kind, builder, shape = speed_training.CASES[name]
    ends = speed_training.train_skwbc(kind, builder, *speed_training.make_images(shape))
    return speed_training.summarise(ends)["images a second"]


def train_gan():
    """Train the game of `GANOverSampler`; give the images a second of its fastest stretch."""
    from skwbc._dtype_policy import resolve_dtype

    shape = speed_gan.CASES["64x64"]
    model = speed_gan.build_model(shape, resolve_dtype("auto"), plain=False)
    return speed_gan.count_speed(speed_gan.train(model, shape))
